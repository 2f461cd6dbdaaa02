// Requests made fit for a backend.
#include "serve/http/forwarded.hpp"

#include <string>

#include <gtest/gtest.h>

namespace simplon::serve::http {
namespace {

Request request_with(Fields fields) {
  Request request;
  request.method = "GET";
  request.authority = "example.com";
  request.path = "/";
  request.fields = std::move(fields);
  return request;
}

Sender from(std::string address) { return {.address = std::move(address), .certificate = {}, .certificate_name = {}}; }

TEST(Forwardable, SaysWhoTheClientIsAndHowItCame) {
  Request request = request_with({{"accept", "*/*"}});
  request.version = Version::http_2;
  make_forwardable(request, from("192.0.2.1"), false);
  EXPECT_EQ(request.field("accept"), "*/*");
  EXPECT_EQ(request.field("x-forwarded-for"), "192.0.2.1");
  EXPECT_EQ(request.field("x-forwarded-proto"), "https");
  EXPECT_EQ(request.field("x-forwarded-host"), "example.com");
  EXPECT_EQ(request.field("forwarded"), "for=192.0.2.1;proto=https;host=example.com");
  EXPECT_EQ(request.field("via"), "2 simplon");
}

TEST(Forwardable, QuotesWhatIsNoToken) {  // RFC 7239 §4, §6
  Request request = request_with({});
  request.authority = "example.com:8443";
  make_forwardable(request, from("2001:db8::1"), false);
  EXPECT_EQ(request.field("forwarded"), "for=\"[2001:db8::1]\";proto=https;host=\"example.com:8443\"");
}

TEST(Forwardable, ReplacesWhatTheClientSaysOfItself) {
  Request request = request_with({{"x-forwarded-for", "10.0.0.1"},
                                  {"x-forwarded-proto", "http"},
                                  {"x-forwarded-port", "1"},
                                  {"x-real-ip", "10.0.0.1"},
                                  {"X_Forwarded_For", "10.0.0.1"},
                                  {"client-cert", ":10.0.0.1:"},
                                  {"client-cert-chain", ":10.0.0.1:"},
                                  {"x-ssl-client-cn", "10.0.0.1"},
                                  {"x_ssl-client_cn", "10.0.0.1"},
                                  {"forwarded", "for=10.0.0.1"}});
  make_forwardable(request, from("192.0.2.1"), false);
  std::string all;
  for (const Field field : request.fields)
    all += std::string(field.name) + "=" + std::string(field.value) + "\n";
  EXPECT_EQ(all.find("10.0.0.1"), std::string::npos) << all;
  EXPECT_EQ(all.find("x-forwarded-port"), std::string::npos) << all;
  EXPECT_EQ(all.find("x-real-ip"), std::string::npos) << all;
}

TEST(Forwardable, TellsOfTheClientsCertificate) {  // RFC 9440 §2.2
  Request request = request_with({{"client-cert", ":AAAA:"}, {"x-ssl-client-cn", "root"}});
  make_forwardable(request, {.address = "192.0.2.1", .certificate = ":MIIB:", .certificate_name = "alice"}, false);
  EXPECT_EQ(request.field("client-cert"), ":MIIB:");
  EXPECT_EQ(request.field("x-ssl-client-cn"), "alice");
}

TEST(Forwardable, EscapesWhatMustNotBeTakenForAnotherName) {
  EXPECT_EQ(escape_name("Alice of Example"), "Alice of Example");
  EXPECT_EQ(escape_name(" alice "), "%20alice%20");
  EXPECT_EQ(escape_name("a%20b"), "a%2520b");
  EXPECT_EQ(escape_name("a\r\nx-admin: 1"), "a%0D%0Ax-admin: 1");
  EXPECT_EQ(escape_name(std::string_view("a\0b", 3)), "a%00b");
  EXPECT_EQ(escape_name("J\xC3\xBCrg"), "J%C3%BCrg");
}

TEST(Forwardable, KeepsNothingOfTheConnection) {  // RFC 9110 §7.6.1
  Request request = request_with({{"connection", "close, X-Hop"},
                                  {"x-hop", "1"},
                                  {"keep-alive", "5"},
                                  {"te", "trailers"},
                                  {"transfer-encoding", "chunked"},
                                  {"upgrade", "h2c"},
                                  {"proxy-connection", "x"},
                                  {"proxy-authorization", "x"},
                                  {"x-kept", "1"}});
  make_forwardable(request, from("192.0.2.1"), false);
  EXPECT_EQ(request.field("x-kept"), "1");
  for (const char* gone : {"connection", "x-hop", "keep-alive", "te", "transfer-encoding", "upgrade",
                           "proxy-connection", "proxy-authorization"})
    EXPECT_FALSE(request.field(gone)) << gone;
}

TEST(Forwardable, CannotBeTalkedOutOfItsOwnFields) {
  Request request = request_with({{"connection", "x-forwarded-for, via, forwarded"}});
  make_forwardable(request, from("192.0.2.1"), false);
  EXPECT_TRUE(request.field("x-forwarded-for"));
  EXPECT_TRUE(request.field("forwarded"));
  EXPECT_TRUE(request.field("via"));
}

TEST(Forwardable, TellsHttp2BackendsThatTrailersAreTaken) {  // RFC 9113 §8.2.2
  Request request = request_with({{"te", "gzip, Trailers"}});
  make_forwardable(request, from("192.0.2.1"), true);
  EXPECT_EQ(request.field("te"), "trailers");
}

TEST(Forwardable, JoinsCookiesForHttp1) {  // RFC 9113 §8.2.3
  Request request = request_with({{"cookie", "a=1"}, {"cookie", "b=2"}});
  make_forwardable(request, from("192.0.2.1"), false);
  EXPECT_EQ(request.field("cookie"), "a=1; b=2");
}

TEST(Forwardable, AppendsToVia) {  // RFC 9110 §7.6.3
  Request request = request_with({{"via", "1.0 a"}, {"via", "1.1 b"}});
  make_forwardable(request, from("192.0.2.1"), false);
  EXPECT_EQ(request.field("via"), "1.0 a, 1.1 b, 1.1 simplon");
}

}  // namespace
}  // namespace simplon::serve::http
