// HTTP/1.1, the client's end: what a backend is sent, and what is made of its answers.
#include "serve/http/http1_client.hpp"

#include "http_support.hpp"

#include <ostream>

#include <gtest/gtest.h>

namespace simplon::serve::http {
namespace {

std::shared_ptr<WatchedExchange> ask(Http1Client& client, std::string method = "GET", std::string path = "/") {
  auto exchange = std::make_shared<WatchedExchange>();
  exchange->request.method = std::move(method);
  exchange->request.path = std::move(path);
  exchange->request.authority = "a";
  client.start(exchange);
  return exchange;
}

std::string text_of(const Body& body) { return std::string(as_text(body.front())); }

TEST(Http1Client, SendsARequestWithoutContent) {
  Http1Client client(16384);
  auto exchange = std::make_shared<WatchedExchange>();
  exchange->request = {.method = "GET",
                       .authority = "example.com",
                       .path = "/x?y",
                       .fields = {{"accept", "*/*"}},
                       .length = {},
                       .upgrade = {}};
  EXPECT_EQ(client.capacity(), 1U);
  client.start(exchange);
  EXPECT_EQ(client.capacity(), 0U);
  EXPECT_EQ(drain(client), "GET /x?y HTTP/1.1\r\nhost: example.com\r\naccept: */*\r\n\r\n");
}

TEST(Http1Client, SendsContentWithItsLengthOrInChunks) {  // RFC 9112 §6.3
  for (const bool known : {true, false}) {
    Http1Client client(16384);
    auto exchange = std::make_shared<WatchedExchange>();
    exchange->request.method = "POST";
    exchange->request.path = "/";
    exchange->request.authority = "a";
    exchange->request.has_content = true;
    if (known) exchange->request.length = 5;
    client.start(exchange);
    const std::string head = drain(client);
    EXPECT_EQ(head.contains("content-length: 5\r\n"), known);
    EXPECT_EQ(head.contains("transfer-encoding: chunked\r\n"), !known);
    exchange->request_body.append(as_bytes("hello"));
    exchange->tell_backend();
    EXPECT_EQ(drain(client), known ? "hello" : "5\r\nhello\r\n");
    exchange->request_body.trailers.push_back({"x-sum", "1"});
    exchange->request_body.end();
    exchange->tell_backend();
    EXPECT_EQ(drain(client), known ? "" : "0\r\nx-sum: 1\r\n\r\n");
  }
}

TEST(Http1Client, SaysThatAMethodThatMeansContentHasNone) {  // RFC 9110 §8.6
  Http1Client client(16384);
  ask(client, "POST");
  EXPECT_TRUE(drain(client).contains("content-length: 0\r\n"));
}

TEST(Http1Client, ReadsAResponseSplitAtEveryByte) {
  const std::string_view with_length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";
  const std::string_view chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n2;q\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: 1\r\n\r\n";
  for (const std::string_view response : {with_length, chunked}) {
    for (std::size_t split = 1; split < response.size(); ++split) {
      Http1Client client(16384);
      const auto exchange = ask(client);
      drain(client);
      client.receive(as_bytes(response.substr(0, split)));
      client.receive(as_bytes(response.substr(split)));
      ASSERT_TRUE(exchange->response) << split;
      EXPECT_EQ(exchange->response->status, 200U);
      EXPECT_EQ(exchange->response->fields.find("x-a"), "b");
      EXPECT_EQ(text_of(exchange->response_body), "hello");
      EXPECT_TRUE(exchange->response_body.ended());
      EXPECT_EQ(exchange->response_body.trailers.size(), response == chunked ? 1U : 0U);
      EXPECT_EQ(exchange->backend, nullptr);
      EXPECT_EQ(client.capacity(), 1U) << "the connection can be used again";
    }
  }
}

TEST(Http1Client, RemovesTheFieldsOfTheConnection) {  // RFC 9110 §7.6.1
  Http1Client client(16384);
  const auto exchange = ask(client);
  client.receive(as_bytes("HTTP/1.1 204 No\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-Kept: 1\r\n\r\n"));
  EXPECT_EQ(exchange->response->fields.size(), 1U);
  EXPECT_TRUE(exchange->response->fields.find("x-kept"));
}

TEST(Http1Client, EndsAContentWithoutLengthWithTheConnection) {  // RFC 9112 §6.3
  Http1Client client(16384);
  const auto exchange = ask(client);
  client.receive(as_bytes("HTTP/1.1 200 OK\r\n\r\nab"));
  client.receive(as_bytes("cd"));
  EXPECT_FALSE(exchange->response_body.ended());
  client.receive_end();
  EXPECT_TRUE(exchange->response_body.ended());
  EXPECT_EQ(text_of(exchange->response_body), "abcd");
  EXPECT_EQ(exchange->failure, Failure::none);
  EXPECT_TRUE(client.finished());
}

TEST(Http1Client, TellsACutResponseFromAFinishedOne) {  // RFC 9112 §8
  for (const std::string_view head : {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"}) {
    Http1Client client(16384);
    const auto exchange = ask(client);
    client.receive(as_bytes(head));
    client.receive_end();
    EXPECT_EQ(exchange->failure, Failure::broke_off);
    EXPECT_TRUE(exchange->broken());
    EXPECT_EQ(exchange->response->status, 200U);
  }
}

TEST(Http1Client, AnswersForABackendThatClosesWithoutAResponse) {
  Http1Client client(16384);
  const auto exchange = ask(client);
  client.receive_end();
  EXPECT_EQ(exchange->failure, Failure::broke_off);
  ASSERT_TRUE(exchange->response);
  EXPECT_EQ(exchange->response->status, 502U);
}

TEST(Http1Client, PassesOnInterimResponses) {  // RFC 9110 §15.2
  Http1Client client(16384);
  const auto exchange = ask(client);
  client.receive(as_bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"));
  ASSERT_EQ(exchange->interim.size(), 2U);
  EXPECT_EQ(exchange->interim[1].fields.find("link"), "x");
  EXPECT_FALSE(exchange->response);
  client.receive(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
  EXPECT_EQ(exchange->response->status, 200U);
  EXPECT_EQ(text_of(exchange->response_body), "x");
}

TEST(Http1Client, ExpectsNoContentAfterHead) {  // RFC 9112 §6.3
  Http1Client client(16384);
  const auto exchange = ask(client, "HEAD");
  client.receive(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(exchange->response->length, 5U);
  EXPECT_TRUE(exchange->response_body.finished());
  EXPECT_EQ(client.capacity(), 1U);
}

TEST(Http1Client, BecomesATunnelWhenBothSidesWantIt) {  // RFC 9110 §7.8
  Http1Client client(16384);
  auto exchange = std::make_shared<WatchedExchange>();
  exchange->request = {
      .method = "GET", .authority = "a", .path = "/", .fields = {}, .length = {}, .upgrade = "websocket"};
  exchange->request_body.end();
  client.start(exchange);
  EXPECT_TRUE(drain(client).contains("connection: upgrade\r\nupgrade: websocket\r\n"));
  client.receive(as_bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\nhi"));
  EXPECT_TRUE(exchange->upgraded());
  EXPECT_EQ(text_of(exchange->response_body), "hi");
  EXPECT_FALSE(exchange->response_body.ended());
  exchange->request_body.append(as_bytes("ho"));
  exchange->tell_backend();
  EXPECT_EQ(drain(client), "ho");
  client.receive_end();
  EXPECT_TRUE(exchange->response_body.ended());
}

TEST(Http1Client, EndsItsSideOfATunnelWhenTheClientHas) {  // RFC 8441 §5
  Http1Client client(16384);
  auto exchange = std::make_shared<WatchedExchange>();
  exchange->request = {
      .method = "GET", .authority = "a", .path = "/", .fields = {}, .length = {}, .upgrade = "websocket"};
  exchange->request_body.end();
  client.start(exchange);
  drain(client);
  client.receive(as_bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  EXPECT_FALSE(client.half_closed());
  exchange->request_body.append(as_bytes("bye"));
  exchange->request_body.end();
  exchange->tell_backend();
  EXPECT_FALSE(client.half_closed());  // not before that is written
  EXPECT_EQ(drain(client), "bye");
  EXPECT_TRUE(client.half_closed());
  EXPECT_FALSE(client.finished());
  client.receive(as_bytes("bye, too"));
  EXPECT_EQ(text_of(exchange->response_body), "bye, too");
}

TEST(Http1Client, LetsGoOfAConnectionWhoseExchangeIsCancelled) {
  Http1Client client(16384);
  const auto exchange = ask(client);
  exchange->cancel();
  EXPECT_TRUE(client.finished());
  EXPECT_FALSE(client.busy());
  EXPECT_EQ(exchange->backend, nullptr);
}

TEST(Http1Client, ReadsNoMoreThanTheClientTakes) {
  Http1Client client(16384);
  const auto exchange = ask(client);
  client.receive(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));
  std::size_t held = 0;
  while (client.wants_read()) {
    const std::string piece(client.wants(), 'x');
    client.receive(as_bytes(piece));
    held = exchange->response_body.size();
    ASSERT_LE(held, 128U * 1024);
  }
  exchange->response_body.consume(held);
  exchange->tell_backend();
  EXPECT_TRUE(client.wants_read());
}

struct BadResponse {
  const char* rule;
  std::string_view bytes;

  friend void PrintTo(const BadResponse& bad, std::ostream* out) { *out << bad.rule; }
};

class Http1ClientRefuses : public testing::TestWithParam<BadResponse> {};

TEST_P(Http1ClientRefuses, WithBadGateway) {
  Http1Client client(1024);
  const auto exchange = ask(client);
  client.receive(as_bytes(GetParam().bytes));
  EXPECT_EQ(exchange->failure, Failure::bad_response) << exchange->detail;
  ASSERT_TRUE(exchange->response);
  EXPECT_EQ(exchange->response->status, 502U);
  EXPECT_TRUE(client.finished());
}

const std::string long_line = "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Rules, Http1ClientRefuses,
    testing::Values(BadResponse{"RFC 9112 §4: no status line", "hello world\r\n\r\n"},
                    BadResponse{"RFC 9112 §2.3: version 2.0", "HTTP/2.0 200 OK\r\n\r\n"},
                    BadResponse{"RFC 9112 §6.3: length and coding",
                                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
                    BadResponse{"RFC 9112 §6.3: lengths that differ",
                                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"},
                    BadResponse{"RFC 9112 §6.1: a coding not known",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
                    BadResponse{"RFC 9110 §15.2.2: 101 unasked",
                                "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"},
                    BadResponse{"RFC 9110 §15: status 600", "HTTP/1.1 600 What\r\n\r\n"},
                    BadResponse{"a head larger than the limit", long_line}));

}  // namespace
}  // namespace simplon::serve::http
