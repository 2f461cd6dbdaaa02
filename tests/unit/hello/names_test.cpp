// Names for people, and what is no TLS at all.
#include "simplon/hello/extension_names.hpp"
#include "simplon/hello/plain_http.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon {
namespace {

TEST(Names, AreThoseOfIana) {
  EXPECT_EQ(extension_name(0), "server_name");
  EXPECT_EQ(extension_name(16), "application_layer_protocol_negotiation");
  EXPECT_EQ(extension_name(0xfe0d), "encrypted_client_hello");
  EXPECT_EQ(group_name(29), "x25519");
  EXPECT_EQ(group_name(4588), "X25519MLKEM768");
  EXPECT_EQ(version_name(0x0304), "TLS 1.3");
}

TEST(Names, TellGreaseFromTheUnknown) {
  EXPECT_EQ(extension_name(0x1a1a), "GREASE");
  EXPECT_EQ(group_name(0x2a2a), "GREASE");
  EXPECT_EQ(version_name(0x3a3a), "GREASE");
  EXPECT_EQ(extension_name(0x1a2a), "unknown");
  EXPECT_EQ(group_name(0), "unknown");
  EXPECT_EQ(version_name(0x0305), "unknown");
}

HttpGuess guess(std::string_view text) { return looks_like_http(as_bytes(text)); }

TEST(LooksLikeHttp, KnowsEveryMethodFromAllOfItsBeginnings) {  // RFC 9110 §9, RFC 5789, RFC 9113 §3.4
  for (const std::string method :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI"}) {
    for (std::size_t size = 0; size <= method.size(); ++size) {
      EXPECT_EQ(guess(method.substr(0, size)), HttpGuess::need_more) << method << " " << size;
    }
    EXPECT_EQ(guess(method + " "), HttpGuess::yes);
    EXPECT_EQ(guess(method + " / HTTP/1.1\r\n"), HttpGuess::yes);
    EXPECT_EQ(guess(method + "X "), HttpGuess::no);
  }
}

TEST(LooksLikeHttp, KnowsWhatIsNone) {
  for (const char* text : {"get / HTTP/1.1", "SSH-2.0-OpenSSH", "\x16\x03\x01", "EHLO x", "GETS", "GET\t/", " GET /"}) {
    EXPECT_EQ(guess(text), HttpGuess::no) << text;
  }
}

}  // namespace
}  // namespace simplon
