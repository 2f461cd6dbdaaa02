// Log lines: every field, in the order that users rely on, and nothing that a client could forge.
#include "admin/log_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace simplon::admin {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

record::Connection whole_connection() {
  record::Connection made;
  made.started = std::chrono::system_clock::time_point(1769903999123ms);
  made.listener = "public";
  made.client = "203.0.113.7:51234";
  made.server_name = "app.example.com";
  made.offered = {"h2", "http/1.1", "%00%2C"};
  made.selected = "h2";
  made.route = 3;
  made.action = "tcp";
  made.verdict = record::Verdict::terminated;
  made.reason = record::Reason::idle_timeout;
  made.would_reject = true;
  made.alert = 80;
  made.tls = "1.3";
  made.cipher = "TLS_AES_128_GCM_SHA256";
  made.resumed = true;
  made.ech_offered = true;
  made.ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1";
  made.backend = "127.0.0.1:3000";
  made.bytes_in = 517;
  made.bytes_out = 18446744073709551615U;
  made.hello = 1500us;
  made.handshake = 2250us;
  made.total = 3000001us;
  made.error = "it \"broke\"";
  return made;
}

TEST(LogLine, HasEveryFieldInOrder) {
  const Json line = Json::parse(to_json(whole_connection()));
  std::vector<std::string> names;
  for (const auto& [name, value] : line.items())
    names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("event", "ts", "listener", "client", "sni", "offered", "selected", "route",
                                          "action", "verdict", "reason", "would_reject", "alert", "tls", "cipher",
                                          "resumed", "ech_offered", "ja4", "backend", "bytes_in", "bytes_out",
                                          "hello_ms", "handshake_ms", "total_ms", "error"));
}

TEST(LogLine, SaysWhatIsKnown) {
  EXPECT_EQ(to_json(whole_connection()),
            R"({"event":"connection","ts":"2026-01-31T23:59:59.123Z","listener":"public",)"
            R"("client":"203.0.113.7:51234","sni":"app.example.com","offered":["h2","http/1.1","%00%2C"],)"
            R"("selected":"h2","route":3,"action":"tcp","verdict":"terminated","reason":"idle_timeout",)"
            R"("would_reject":true,"alert":80,"tls":"1.3","cipher":"TLS_AES_128_GCM_SHA256","resumed":true,)"
            R"("ech_offered":true,"ja4":"t13d1516h2_8daaf6152771_e5627efa2ab1","backend":"127.0.0.1:3000",)"
            R"("bytes_in":517,"bytes_out":18446744073709551615,"hello_ms":1.5,"handshake_ms":2.25,)"
            R"("total_ms":3000.001,"error":"it \"broke\""})");
}

TEST(LogLine, HasAllFieldsThatSayNothingToo) {
  record::Connection nothing;
  nothing.listener = "public";
  nothing.client = "[2001:db8::1]:1";
  EXPECT_EQ(to_json(nothing),
            R"({"event":"connection","ts":"1970-01-01T00:00:00.000Z","listener":"public","client":"[2001:db8::1]:1",)"
            R"("sni":null,"offered":null,"selected":null,"route":null,"action":null,"verdict":"failed","reason":null,)"
            R"("would_reject":false,"alert":null,"tls":null,"cipher":null,"resumed":false,"ech_offered":false,)"
            R"("ja4":null,"backend":null,"bytes_in":0,"bytes_out":0,"hello_ms":null,"handshake_ms":null,)"
            R"("total_ms":0.0,"error":null})");
}

// An empty list is no missing extension.
TEST(LogLine, TellsAnEmptyNameFromNone) {
  record::Connection connection;
  connection.offered.emplace();
  EXPECT_EQ(Json::parse(to_json(connection))["offered"], Json::array());
}

TEST(LogLine, IsOneLineOfUtf8WhateverItIsToldToSay) {
  record::Connection hostile;
  hostile.error =
      "a\nb\r\0c\x1b[31m\xff\xfe\"\\"
      "\xe2\x80\xa8";
  hostile.listener = "l\n";
  const std::string line = to_json(hostile);
  for (const char byte : line)
    EXPECT_GE(static_cast<unsigned char>(byte), 0x20);
  const Json parsed = Json::parse(line, nullptr, false);
  ASSERT_FALSE(parsed.is_discarded());
  EXPECT_EQ(parsed["listener"], "l\n");
}

TEST(LogLine, IsReadableAsText) {
  EXPECT_EQ(to_text(whole_connection()),
            "2026-01-31T23:59:59.123Z public 203.0.113.7:51234 terminated sni=app.example.com "
            "offered=h2,http/1.1,%00%2C selected=h2 route=3 action=tcp reason=idle_timeout would_reject alert=80 "
            "tls=1.3 cipher=TLS_AES_128_GCM_SHA256 resumed ja4=t13d1516h2_8daaf6152771_e5627efa2ab1 "
            "backend=127.0.0.1:3000 in=517 out=18446744073709551615 ms=3000.0 error=\"it \\\"broke\\\"\"");
}

TEST(LogLine, IsOneLineOfText) {
  record::Connection hostile;
  hostile.error = "a\nb\x1b[31m\"\\";
  const std::string line = to_text(hostile);
  EXPECT_NE(line.find(R"(error="a\x0ab\x1b[31m\"\\")"), std::string::npos) << line;
}

TEST(LogLine, OfAClientWithoutOfferSaysSo) {
  EXPECT_NE(to_text(record::Connection{}).find(" offered=- "), std::string::npos);
}

record::Request whole_request() {
  record::Request made;
  made.started = std::chrono::system_clock::time_point(1769903999123ms);
  made.listener = "public";
  made.client = "203.0.113.7:51234";
  made.route = 3;
  made.method = "GET";
  made.authority = "app.example.com";
  made.path = "/a";
  made.status = 502;
  made.protocol = "h2";
  made.backend_protocol = "http/1.1";
  made.backend = "http://127.0.0.1:3000";
  made.bytes_in = 1;
  made.bytes_out = 2;
  made.total = 1500us;
  made.reason = record::Reason::backend_reset;
  made.error = "closed";
  return made;
}

TEST(RequestLine, HasEveryFieldInItsOrder) {
  EXPECT_EQ(to_json(whole_request()),
            R"({"event":"request","ts":"2026-01-31T23:59:59.123Z","listener":"public","client":"203.0.113.7:51234",)"
            R"("route":3,"method":"GET","authority":"app.example.com","path":"/a","status":502,"protocol":"h2",)"
            R"("backend_protocol":"http/1.1","backend":"http://127.0.0.1:3000","bytes_in":1,"bytes_out":2,)"
            R"("total_ms":1.5,"reason":"backend_reset","error":"closed"})");
  EXPECT_EQ(to_text(whole_request()),
            "2026-01-31T23:59:59.123Z public 203.0.113.7:51234 h2 \"GET app.example.com/a\" 502 "
            "backend=http://127.0.0.1:3000 http/1.1 in=1 out=2 ms=1.5 reason=backend_reset error=\"closed\"");
}

TEST(RequestLine, SaysNothingOfWhatIsNotKnown) {
  const Json parsed = Json::parse(to_json(record::Request{}));
  for (const char* field : {"authority", "status", "backend", "backend_protocol", "reason", "error"})
    EXPECT_TRUE(parsed[field].is_null()) << field;
}

TEST(RequestLine, IsOneLineWhateverTheClientSends) {
  record::Request hostile;
  hostile.method = "G\nT";
  hostile.path = "/\"\x1b[31m";
  EXPECT_EQ(to_text(hostile).find('\n'), std::string::npos);
  EXPECT_EQ(to_text(hostile).find('\x1b'), std::string::npos);
  EXPECT_EQ(to_json(hostile).find('\n'), std::string::npos);
}

// RFC 3339 §5.6.
TEST(LogTime, IsUtcWithMilliseconds) {
  EXPECT_EQ(format_time(std::chrono::system_clock::time_point(0ms)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(std::chrono::system_clock::time_point(951782400007ms)), "2000-02-29T00:00:00.007Z");
  EXPECT_EQ(format_time(std::chrono::system_clock::time_point(999999us)), "1970-01-01T00:00:00.999Z");
}

}  // namespace

}  // namespace simplon::admin
