// HTTP/2, both ends against each other: what one asks the other is asked.
#include "http_support.hpp"
#include "serve/http/http2_client.hpp"
#include "serve/http/http2_session.hpp"

#include <gtest/gtest.h>

namespace simplon::serve::http {
namespace {

struct Http2Streaming : testing::Test {
  KeepingService service;
  Http2Session server{service};
  Http2Client client{16384};

  /// Carries bytes both ways until neither side has any.
  void talk() {
    while (!server.pending().empty() || !client.pending().empty()) {
      pass(client, server);
      pass(server, client);
    }
  }
  static void pass(Session& from, Session& to) {
    const std::string out = drain(from);
    for (std::size_t at = 0; at < out.size(); at += 16384)
      to.receive(as_bytes(std::string_view(out).substr(at, 16384)));
  }

  std::shared_ptr<WatchedExchange> ask(std::string method = "GET", bool content = false) {
    auto exchange = std::make_shared<WatchedExchange>();
    exchange->request.method = std::move(method);
    exchange->request.path = "/p?q";
    exchange->request.authority = "example.com";
    exchange->request.fields.push_back({"x-a", "b"});
    exchange->request.has_content = content;
    if (!content) exchange->request_body.end();
    client.start(exchange);
    talk();
    return exchange;
  }
  WatchedExchange& asked() { return *service.started.back(); }
};

TEST_F(Http2Streaming, CarriesARequestAndItsResponse) {
  const auto mine = ask();
  ASSERT_EQ(service.started.size(), 1U);
  EXPECT_EQ(asked().request.method, "GET");
  EXPECT_EQ(asked().request.path, "/p?q");
  EXPECT_EQ(asked().request.authority, "example.com");
  EXPECT_EQ(asked().request.field("x-a"), "b");
  EXPECT_FALSE(asked().request.has_content);
  asked().respond(Response::text(201, "text/plain", "hello"));
  talk();
  ASSERT_TRUE(mine->response);
  EXPECT_EQ(mine->response->status, 201U);
  EXPECT_EQ(mine->response->length, 5U);
  EXPECT_EQ(as_text(mine->response_body.front()), "hello");
  EXPECT_TRUE(mine->response_body.ended());
  EXPECT_EQ(mine->backend, nullptr);
  EXPECT_EQ(asked().ends, 1);
  EXPECT_FALSE(client.busy());
  EXPECT_FALSE(server.busy());
}

TEST_F(Http2Streaming, CarriesContentAndTrailersBothWays) {
  const auto mine = ask("POST", true);
  mine->request_body.append(as_bytes("ping"));
  mine->tell_backend();
  talk();
  EXPECT_EQ(as_text(asked().request_body.front()), "ping");
  EXPECT_FALSE(asked().request_body.ended());
  asked().response.emplace();
  asked().response_body.append(as_bytes("pong"));
  asked().tell_client();
  talk();
  EXPECT_EQ(as_text(mine->response_body.front()), "pong") << "before the request has ended";
  mine->request_body.trailers.push_back({"x-sum", "1"});
  mine->request_body.end();
  mine->tell_backend();
  talk();
  EXPECT_TRUE(asked().request_body.ended());
  EXPECT_EQ(asked().request_body.trailers.find("x-sum"), "1");
  asked().response_body.trailers.push_back({"grpc-status", "0"});
  asked().response_body.end();
  asked().tell_client();
  talk();
  EXPECT_TRUE(mine->response_body.ended());
  EXPECT_EQ(mine->response_body.trailers.find("grpc-status"), "0");
}

TEST_F(Http2Streaming, OpensTheWindowOnlyAsTheOtherSideDrains) {  // RFC 9113 §6.9
  const auto mine = ask("POST", true);
  const std::string much(300'000, 'x');
  mine->request_body.append(as_bytes(much));
  mine->tell_backend();
  talk();
  EXPECT_EQ(asked().request_body.size(), 65535U);
  asked().request_body.consume(65535);
  asked().tell_client();
  talk();
  EXPECT_EQ(asked().request_body.size(), 65535U);
  asked().response.emplace();
  asked().response_body.append(as_bytes(much));
  asked().tell_client();
  talk();
  EXPECT_EQ(mine->response_body.size(), 65535U);
}

TEST_F(Http2Streaming, GivesTheConnectionBackWhatACancelledStreamHeld) {
  for (int i = 0; i < 40; ++i) {
    const auto mine = ask("POST", true);
    mine->request_body.append(as_bytes(std::string(65535, 'x')));
    mine->tell_backend();
    talk();
    ASSERT_EQ(asked().request_body.size(), 65535U) << "stream " << i;
    mine->cancel();
    talk();
    ASSERT_TRUE(asked().abandoned());
  }
}

TEST_F(Http2Streaming, CarriesInterimResponses) {  // RFC 9113 §8.1
  const auto mine = ask();
  asked().interim.push_back({.status = 103, .fields = {{"link", "x"}}});
  asked().tell_client();
  talk();
  ASSERT_EQ(mine->interim.size(), 1U);
  EXPECT_EQ(mine->interim[0].status, 103U);
  EXPECT_FALSE(mine->response);
}

TEST_F(Http2Streaming, ResetsWhatCanNotBeFinished) {
  const auto mine = ask();
  asked().response.emplace();
  asked().response_body.append(as_bytes("half"));
  asked().tell_client();
  talk();
  asked().break_off();
  talk();
  EXPECT_EQ(mine->failure, Failure::broke_off);
  EXPECT_TRUE(mine->broken());
}

TEST_F(Http2Streaming, CancelsOnBothSides) {
  const auto mine = ask();
  mine->cancel();
  EXPECT_EQ(mine->backend, nullptr);
  talk();
  EXPECT_TRUE(asked().abandoned());
  EXPECT_EQ(asked().ends, 1);
  EXPECT_FALSE(server.busy());
}

TEST_F(Http2Streaming, FailsWhatIsUnderWayWhenTheConnectionEnds) {
  const auto first = ask();
  const auto second = ask();
  client.receive_end();
  EXPECT_EQ(first->failure, Failure::broke_off);
  EXPECT_EQ(second->response->status, 502U);
  EXPECT_EQ(client.capacity(), 0U);
  EXPECT_TRUE(client.finished());
}

TEST_F(Http2Streaming, TakesNoMoreThanTheServerAllows) {
  talk();
  EXPECT_EQ(client.capacity(), Limits{}.streams);
  ask();
  EXPECT_EQ(client.capacity(), Limits{}.streams - 1);
}

// A client whose content is already on its way takes a reset for a failure, whatever its code.
TEST_F(Http2Streaming, LetsAClientFinishARequestThatIsAnsweredEarly) {  // RFC 9113 §8.1
  const auto mine = ask("POST", true);
  asked().respond(Response::text(405, "text/plain", "no"));
  talk();
  EXPECT_EQ(mine->response->status, 405U);
  EXPECT_TRUE(mine->response_body.ended());
  EXPECT_EQ(asked().ends, 1) << "as soon as the response is whole";
  mine->request_body.append(as_bytes("short"));
  mine->request_body.end();
  mine->tell_backend();
  talk();
  EXPECT_EQ(mine->failure, Failure::none);
  EXPECT_EQ(mine->backend, nullptr);
  EXPECT_FALSE(client.busy());
  EXPECT_FALSE(server.busy());
}

TEST_F(Http2Streaming, AsksAClientToStopThatSendsAllItMay) {  // RFC 9113 §8.1
  const auto mine = ask("POST", true);
  asked().respond(Response::text(413, "text/plain", "no"));
  mine->request_body.append(as_bytes(std::string(200'000, 'x')));
  mine->tell_backend();
  talk();
  EXPECT_FALSE(client.busy());
  EXPECT_FALSE(server.busy());
  EXPECT_EQ(mine->failure, Failure::none);
}

TEST_F(Http2Streaming, EndsAClientThatResetsTooMuch) {  // RFC 9113 §10.5
  for (std::uint32_t i = 0; i <= Limits{}.resets_per_minute && !server.flooded(); ++i) {
    const auto mine = ask();
    mine->cancel();
    talk();
  }
  EXPECT_TRUE(server.flooded());
  EXPECT_EQ(client.capacity(), 0U);
}

TEST_F(Http2Streaming, RefusesWhatWouldBeAmbiguousInARequestLine) {  // RFC 9113 §10.3
  for (const auto& [method, path] : {std::pair{"GET", "/a b"}, {"GET", "a"}, {"GET", "*"}, {"G T", "/"}}) {
    auto exchange = std::make_shared<WatchedExchange>();
    exchange->request.method = method;
    exchange->request.path = path;
    exchange->request.authority = "a";
    exchange->request_body.end();
    client.start(exchange);
    talk();
    EXPECT_TRUE(exchange->failure != Failure::none || exchange->response->status == 400U) << method << path;
  }
  EXPECT_TRUE(service.started.empty());
}

}  // namespace
}  // namespace simplon::serve::http
