// Finding the server's answer in its messages.
#include "tls/answer.hpp"

#include <string>

#include <gtest/gtest.h>

namespace simplon::tls {

namespace {

using namespace std::string_literals;

std::string u16(std::size_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)}; }
std::string extension(std::size_t type, const std::string& body) { return u16(type) + u16(body.size()) + body; }
std::string extensions(const std::string& all) { return u16(all.size()) + all; }
std::string message(char type, const std::string& body) { return std::string{type, 0} + u16(body.size()) + body; }
std::string server_hello(const std::string& after) {
  return message(2, "\x03\x03" + std::string(32, 'r') + "\x04sess"s + "\x13\x01\0"s + after);
}
std::string found(const std::string& bytes) {
  const auto body = find_answer(as_bytes(bytes));
  return body ? std::string(as_text(*body)) : "nothing";
}

const std::string answer = "\x00\x03\x02h2"s;

TEST(Answer, IsFoundInEitherMessage) {
  EXPECT_EQ(found(server_hello(extensions(extension(43, "x") + extension(16, answer)))), answer);  // RFC 7301 §3.1
  EXPECT_EQ(found(message(8, extensions(extension(16, answer)))), answer);                         // RFC 8446 §4.3.1
  EXPECT_EQ(found(message(8, extensions(extension(16, "")))), "");
}

TEST(Answer, IsInNoOther) {
  EXPECT_EQ(found(message(1, extensions(extension(16, answer)))), "nothing");
  EXPECT_EQ(found(message(8, extensions(extension(10, "x")))), "nothing");
  EXPECT_EQ(found(server_hello("")), "nothing");
}

TEST(Answer, IsNotFoundInWhatIsCut) {
  const std::string whole = server_hello(extensions(extension(16, answer)));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(found(whole.substr(0, size)), "nothing") << size;
}

}  // namespace

}  // namespace simplon::tls
