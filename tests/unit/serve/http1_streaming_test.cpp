// HTTP/1.1, the server's end, while an exchange takes its time.
#include "http_support.hpp"
#include "serve/http/http1_session.hpp"

#include <gtest/gtest.h>

namespace simplon::serve::http {
namespace {

struct Streaming : testing::Test {
  KeepingService service;
  Http1Session session{service};

  WatchedExchange& ask(std::string_view request) {
    session.receive(as_bytes(request));
    return *service.started.back();
  }
  static void say(Exchange& exchange, std::string_view part) {
    exchange.response_body.append(as_bytes(part));
    exchange.tell_client();
  }
  static void begin(Exchange& exchange, std::optional<std::uint64_t> length = {}) {
    exchange.response.emplace();
    exchange.response->length = length;
    exchange.tell_client();
  }
  static void end(Exchange& exchange) {
    exchange.response_body.end();
    exchange.tell_client();
  }
};

using Http1Streaming = Streaming;

TEST_F(Http1Streaming, SendsWhatComesAsItComes) {
  int woken = 0;
  session.wake = [&] { ++woken; };
  WatchedExchange& exchange = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  begin(exchange);
  EXPECT_GT(woken, 0);
  EXPECT_TRUE(drain(session).contains("transfer-encoding: chunked\r\n"));
  say(exchange, "one");
  EXPECT_EQ(drain(session), "3\r\none\r\n");
  exchange.response_body.trailers.push_back({"x-t", "1"});
  end(exchange);
  EXPECT_EQ(drain(session), "0\r\nx-t: 1\r\n\r\n");
  EXPECT_EQ(exchange.ends, 1);
  EXPECT_FALSE(session.finished());
}

TEST_F(Http1Streaming, EndsAContentOfUnknownLengthWithTheConnectionForVersion10) {  // RFC 9112 §6.3
  WatchedExchange& exchange = ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  begin(exchange);
  say(exchange, "one");
  const std::string out = drain(session);
  EXPECT_TRUE(out.ends_with("\r\n\r\none")) << out;
  EXPECT_FALSE(out.contains("transfer-encoding")) << out;
  end(exchange);
  EXPECT_TRUE(session.finished());
  EXPECT_FALSE(session.cut());
}

TEST_F(Http1Streaming, PassesOnInterimResponsesButNotToVersion10) {  // RFC 9110 §15.2
  WatchedExchange& exchange = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  exchange.interim.push_back({.status = 103, .fields = {{"link", "x"}}});
  exchange.tell_client();
  EXPECT_EQ(drain(session), "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
}

TEST_F(Http1Streaming, HandsOverContentWhileItComesAndStopsReadingWhenNobodyTakesIt) {
  WatchedExchange& exchange = ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
  EXPECT_EQ(exchange.request.length, 1000000U);
  EXPECT_EQ(as_text(exchange.request_body.front()), "abc");
  while (session.wants_read()) {
    session.receive(as_bytes(std::string(session.wants(), 'x')));
    ASSERT_LE(exchange.request_body.size(), 128U * 1024);
  }
  exchange.request_body.consume(exchange.request_body.size());
  exchange.tell_client();
  EXPECT_TRUE(session.wants_read());
}

TEST_F(Http1Streaming, AnswersEarlyAndClosesWhereTheContentWasNotAwaited) {  // RFC 9112 §9.3
  WatchedExchange& exchange = ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  Response refused = Response::text(403, "text/plain", "no");
  exchange.respond(std::move(refused));
  EXPECT_TRUE(drain(session).contains("connection: close\r\n"));
  EXPECT_TRUE(session.finished());
  EXPECT_TRUE(exchange.abandoned());
}

TEST_F(Http1Streaming, CutsWhatCanNotBeFinished) {  // RFC 9112 §8
  WatchedExchange& exchange = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  begin(exchange);
  say(exchange, "one");
  exchange.break_off();
  const std::string out = drain(session);
  EXPECT_TRUE(out.ends_with("3\r\none\r\n")) << out;
  EXPECT_TRUE(session.finished());
  EXPECT_TRUE(session.cut());
}

TEST_F(Http1Streaming, CancelsWhatAClientThatHasGoneWaitsFor) {
  WatchedExchange& exchange = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  session.receive_end();
  EXPECT_TRUE(exchange.abandoned());
  EXPECT_EQ(exchange.ends, 1);
  EXPECT_TRUE(session.finished());
}

// The end may come while an answer is still to be written, before what stands behind it is looked at.
TEST_F(Http1Streaming, WaitsForNoRequestThatWillNeverBeWhole) {
  WatchedExchange& exchange = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT");
  exchange.respond(Response::text(200, "text/plain", "ok"));
  session.receive_end();
  EXPECT_FALSE(drain(session).empty());
  EXPECT_TRUE(session.finished());
  EXPECT_EQ(service.started.size(), 1U);
}

TEST_F(Http1Streaming, CancelsWhatIsUnderWayWhenItIsGivenUp) {
  auto own = std::make_unique<Http1Session>(service);
  own->receive(as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto exchange = service.started.back();
  own.reset();
  EXPECT_TRUE(exchange->abandoned());
  EXPECT_EQ(exchange->ends, 1);
}

TEST_F(Http1Streaming, AsksForTheNextRequestOnlyWhenTheAnswerIsWhole) {
  WatchedExchange& first = ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(service.started.size(), 1U);
  begin(first, 2);
  say(first, "ok");
  end(first);
  EXPECT_EQ(service.started.size(), 1U) << "the answer is not written yet";
  drain(session);
  ASSERT_EQ(service.started.size(), 2U);
  EXPECT_EQ(service.started[1]->request.path, "/2");
}

TEST_F(Http1Streaming, BecomesATunnel) {  // RFC 9110 §7.8
  WatchedExchange& exchange =
      ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  EXPECT_EQ(exchange.request.upgrade, "websocket");
  exchange.request_body.reopen();
  exchange.response.emplace();
  exchange.response->status = 101;
  exchange.tell_client();
  const std::string head = drain(session);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  EXPECT_TRUE(head.contains("connection: upgrade\r\nupgrade: websocket\r\n")) << head;
  EXPECT_EQ(as_text(exchange.request_body.front()), "early");
  session.receive(as_bytes("more"));
  EXPECT_EQ(as_text(exchange.request_body.front()), "earlymore");
  say(exchange, "frames");
  EXPECT_EQ(drain(session), "frames");
  end(exchange);
  EXPECT_TRUE(session.finished());
}

TEST_F(Http1Streaming, AsksForNoTunnelWithContentOrInVersion10) {  // RFC 9110 §7.8
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n").request.upgrade, "")
      << "Connection is missing";
  Http1Session other(service);
  other.receive(
      as_bytes("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n1"));
  EXPECT_EQ(service.started.back()->request.upgrade, "");
}

TEST_F(Http1Streaming, RefusesAFoldedLine) {  // RFC 9112 §5.2
  for (const std::string_view folded : {"X: a\r\n b", "X:\r\n b", "X: a\r\n\t", "X:\r\n "}) {
    Http1Session own(service);
    own.receive(as_bytes("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(folded) + "\r\n\r\n"));
    EXPECT_TRUE(drain(own).starts_with("HTTP/1.1 400 ")) << folded;
    EXPECT_TRUE(own.violated());
  }
  EXPECT_TRUE(service.started.empty());
}

}  // namespace
}  // namespace simplon::serve::http
