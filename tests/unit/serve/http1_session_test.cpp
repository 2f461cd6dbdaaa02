// HTTP/1.1 sessions: bytes in, bytes out.
#include "serve/http/http1_session.hpp"

#include "http_support.hpp"
#include "serve/http/answering.hpp"

#include <algorithm>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace simplon::serve::http {
namespace {

/// Answers with what it was asked, so that a test sees which request an answer belongs to.
Response echo(const Request& request) {
  return Response::text(200, "text/plain", request.method + " " + request.path + " " + request.authority.value_or("-"));
}

/// A session that answers by itself.
struct Answering {
  explicit Answering(Handler handler) : service(std::move(handler)), session(service) {}

  AnsweringService service;
  Http1Session session;
};

std::string talk(Http1Session& session, std::string_view input) {
  session.receive(as_bytes(input));
  return drain(session);
}

std::string body_of(std::string_view response) { return std::string(response.substr(response.find("\r\n\r\n") + 4)); }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

constexpr std::string_view get_page = "GET /page?x=1 HTTP/1.1\r\nHost: example.com\r\n\r\n";

TEST(Http1Session, AnswersAndKeepsTheConnection) {
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  const std::string response = talk(session, get_page);
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
  EXPECT_NE(response.find("\r\ncontent-length: 25\r\n"), std::string::npos) << response;
  EXPECT_NE(response.find("\r\ndate: "), std::string::npos) << response;
  EXPECT_EQ(response.find("connection: close"), std::string::npos) << response;
  EXPECT_EQ(body_of(response), "GET /page?x=1 example.com");
  EXPECT_FALSE(session.finished());
  EXPECT_TRUE(session.wants_read());
  EXPECT_EQ(body_of(talk(session, get_page)), "GET /page?x=1 example.com");
  EXPECT_EQ(session.requests(), 2U);
  EXPECT_FALSE(session.violated());
}

TEST(Http1Session, ReadsARequestSplitAtEveryByte) {
  const std::string_view post = "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  const std::string_view chunked =
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n";
  for (const std::string_view request : {get_page, post, chunked}) {
    Answering own_whole(echo);
    Http1Session& whole = own_whole.session;
    const std::string expected = body_of(talk(whole, request));
    for (std::size_t split = 1; split < request.size(); ++split) {
      Answering own_session(echo);
      Http1Session& session = own_session.session;
      EXPECT_EQ(talk(session, request.substr(0, split)), "") << split;
      EXPECT_EQ(body_of(talk(session, request.substr(split))), expected) << split;
    }
    Answering own_dripped(echo);
    Http1Session& dripped = own_dripped.session;
    std::string response;
    for (const char byte : request)
      response += talk(dripped, {&byte, 1});
    EXPECT_EQ(body_of(response), expected);
  }
}

TEST(Http1Session, AnswersPipelinedRequestsInTheirOrder) {
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  const std::string response = talk(session,
                                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
                                    "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                                    "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(session.requests(), 3U);
  const auto first = response.find("GET /1 a");
  const auto second = response.find("POST /2 a");
  const auto third = response.find("GET /3 a");
  ASSERT_NE(third, std::string::npos) << response;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(Http1Session, HoldsOneAnswerAtATimeAndReadsOnlyWhenItIsWritten) {
  const auto page = std::make_shared<const std::string>(200'000, 'x');
  Answering own([&](const Request&) { return Response{200, {}, page}; });
  Http1Session& session = own.session;
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  session.receive(as_bytes(many));
  EXPECT_FALSE(session.wants_read());
  EXPECT_EQ(session.requests(), 1U);
  EXPECT_EQ(count(drain(session, 1000), "HTTP/1.1 200 OK"), 100U);
  EXPECT_TRUE(session.wants_read());
}

TEST(Http1Session, KeepsTheBodyBackForHead) {
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  const std::string response = talk(session, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(response.find("content-length: 8\r\n"), std::string::npos) << response;
  EXPECT_EQ(body_of(response), "");
  EXPECT_FALSE(session.finished());
}

TEST(Http1Session, SendsNoLengthWhereThereIsNoContent) {
  Answering own([](const Request&) { return Response{204, {}, nullptr}; });
  Http1Session& session = own.session;
  EXPECT_EQ(talk(session, get_page).find("content-length"), std::string::npos);
}

TEST(Http1Session, ClosesWhenTheClientAsksForIt) {
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  const std::string response = talk(session, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(response.find("connection: close\r\n"), std::string::npos) << response;
  EXPECT_TRUE(session.finished());
  EXPECT_EQ(talk(session, get_page), "");
}

TEST(Http1Session, ClosesAfterVersion10UnlessAskedToStay) {
  Answering own_closing(echo);
  Http1Session& closing = own_closing.session;
  EXPECT_EQ(body_of(talk(closing, "GET / HTTP/1.0\r\n\r\n")), "GET / -");
  EXPECT_TRUE(closing.finished());
  Answering own_staying(echo);
  Http1Session& staying = own_staying.session;
  const std::string response = talk(staying, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(response.find("connection: keep-alive\r\n"), std::string::npos) << response;
  EXPECT_FALSE(staying.finished());
}

TEST(Http1Session, TakesTheHostOfAnAbsoluteTargetBeforeHost) {  // RFC 9112 §3.2.2
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  EXPECT_EQ(body_of(talk(session, "GET https://b:1/x HTTP/1.1\r\nHost: a\r\n\r\n")), "GET /x b:1");
  EXPECT_EQ(body_of(talk(session, "GET https://b HTTP/1.1\r\nHost: a\r\n\r\n")), "GET / b");
}

TEST(Http1Session, AsksForABodyThatWaits) {  // RFC 9110 §10.1.1
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  EXPECT_EQ(talk(session, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of(talk(session, "ab")), "POST / a");
}

TEST(Http1Session, AnswersWhatArrivedBeforeTheEnd) {
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  session.receive(as_bytes(get_page));
  session.receive_end();
  EXPECT_FALSE(session.finished());
  EXPECT_EQ(body_of(drain(session)), "GET /page?x=1 example.com");
  EXPECT_TRUE(session.finished());
}

TEST(Http1Session, ShutsDownAtOnceWhenIdleAndAfterTheAnswerWhenNot) {
  Answering own_idle(echo);
  Http1Session& idle = own_idle.session;
  EXPECT_FALSE(talk(idle, get_page).empty());
  idle.shutdown();
  EXPECT_TRUE(idle.finished());
  Answering own_busy(echo);
  Http1Session& busy = own_busy.session;
  EXPECT_EQ(talk(busy, get_page.substr(0, 10)), "");
  busy.shutdown();
  EXPECT_FALSE(busy.finished());
  EXPECT_NE(talk(busy, get_page.substr(10)).find("connection: close"), std::string::npos);
  EXPECT_TRUE(busy.finished());
}

// Whoever connected just before a restart is served by the old process.
TEST(Http1Session, WaitsForTheFirstRequestUntilToldAgain) {
  Answering own_late(echo);
  Http1Session& late = own_late.session;
  late.shutdown();
  EXPECT_FALSE(late.finished());
  EXPECT_NE(talk(late, get_page).find("connection: close"), std::string::npos);
  EXPECT_TRUE(late.finished());
  Answering own_silent(echo);
  Http1Session& silent = own_silent.session;
  silent.shutdown();
  EXPECT_FALSE(silent.finished());
  silent.shutdown();
  EXPECT_TRUE(silent.finished());
}

TEST(Http1Session, LetsNoFieldEndItsLine) {
  Answering own([](const Request&) {
    return Response{200, {{"x-good", "1"}, {"x-bad", "1\r\nx-injected: 1"}, {"connection", "upgrade"}}, nullptr};
  });
  Http1Session& session = own.session;
  const std::string response = talk(session, get_page);
  EXPECT_NE(response.find("x-good: 1\r\n"), std::string::npos);
  EXPECT_EQ(response.find("x-injected"), std::string::npos);
  EXPECT_EQ(response.find("upgrade"), std::string::npos);
}

struct Bad {
  const char* rule;
  std::string request;
  int status;

  friend void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.rule; }
};

class Http1Refuses : public testing::TestWithParam<Bad> {};

TEST_P(Http1Refuses, AndCloses) {
  const std::string status = "HTTP/1.1 " + std::to_string(GetParam().status) + " ";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{16384}}) {
    Answering own_session(echo);
    Http1Session& session = own_session.session;
    std::string response;
    for (std::size_t at = 0; at < GetParam().request.size(); at += piece)
      response += talk(session, std::string_view(GetParam().request).substr(at, piece));
    EXPECT_TRUE(response.starts_with(status)) << GetParam().rule << ": " << response;
    EXPECT_EQ(count(response, "content-length: "), 1U) << "one answer, and no more";
    EXPECT_NE(response.find("connection: close\r\n"), std::string::npos) << GetParam().rule;
    EXPECT_TRUE(session.finished()) << GetParam().rule;
    EXPECT_EQ(session.violated(), GetParam().status != 413) << GetParam().rule;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Http1Refuses,
    testing::Values(
        Bad{"RFC 7301 §3.2, RFC 9113 §3.4: HTTP/2 after http/1.1", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        Bad{"RFC 9112 §3.2: Host missing", "GET / HTTP/1.1\r\n\r\n", 400},
        Bad{"RFC 9112 §3.2: Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        Bad{"RFC 9112 §3.2: Host invalid", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        Bad{"RFC 9110 §4.2.2: Host empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        Bad{"RFC 9110 §4.2.4: user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
        Bad{"RFC 9112 §3.2: target of no form", "GET page HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"RFC 9112 §3.2.4: * but for OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"RFC 9112 §3: no request line", "\x16\x03\x01 hello\r\n\r\n", 400},
        Bad{"RFC 9112 §3: no target", "GET HTTP/1.1\r\n\r\n", 400},
        Bad{"RFC 9112 §2.3: version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        Bad{"RFC 9112 §5.1: space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        Bad{"RFC 9110 §5.5: NUL in a value", std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 33), 400},
        Bad{"RFC 9112 §6.3: lengths that differ",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        Bad{"RFC 9112 §6.3: a length that is none", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
        Bad{"RFC 9112 §6.1: length and coding",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Bad{"RFC 9112 §6.3: chunked not last", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
            400},
        Bad{"RFC 9112 §6.1: a coding not known",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        Bad{"RFC 9112 §6.1: a coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Bad{"RFC 9112 §7.1: a chunk size that is none",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        Bad{"RFC 9110 §15.5.14: a body too large", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413},
        Bad{"RFC 9110 §15.5.14: chunks too large",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" + std::string(65537, 'x'), 413},
        Bad{"RFC 9110 §10.1.1: an expectation not known", "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
        Bad{"RFC 6585 §5: one large field", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(16384, 'x') + "\r\n\r\n",
            431},
        Bad{"RFC 6585 §5: a large target", "GET /" + std::string(16384, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431}));

TEST(Http1Session, BoundsTheSumOfTheFieldsToo) {
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  std::string response = talk(session, "GET / HTTP/1.1\r\nHost: a\r\n");
  std::size_t sent = 0;
  while (response.empty() && sent < 65536) {
    const std::string line = "X: " + std::string(100, 'x') + "\r\n";
    sent += line.size();
    response = talk(session, line);
  }
  EXPECT_TRUE(response.starts_with("HTTP/1.1 431 ")) << sent;
  EXPECT_LE(sent, 16384U + 105U);
}

TEST(Http1Session, TakesABodyOfExactlyTheLimit) {
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  talk(session, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
  EXPECT_EQ(body_of(talk(session, std::string(65536, 'x'))), "POST / a");
}

TEST(Http1Session, EndsAChunkExtensionWithoutEnd) {  // RFC 9112 §7.1.1
  Answering own_session(echo);
  Http1Session& session = own_session.session;
  std::string response = talk(session, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  for (int i = 0; i < 100 && response.empty(); ++i)
    response = talk(session, std::string(1000, 'x'));
  EXPECT_TRUE(response.starts_with("HTTP/1.1 400 ")) << response;
}

}  // namespace
}  // namespace simplon::serve::http
