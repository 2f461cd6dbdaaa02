#include "running.hpp"

#include <nlohmann/json.hpp>

namespace simplon::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A ClientHello in one record, written down byte by byte: TLS 1.3 and 1.2, two suites and GREASE, server name
// "a.example", ALPN "h2" and GREASE, one X25519 share of four bytes.
constexpr std::string_view hello_hex =
    "16 03 01 00 84"
    "01 00 00 80 03 03"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    "00"
    "00 06 0a0a 1301 c02b"
    "01 00"
    "00 51"
    "0000 000e 000c 00 0009 612e6578616d706c65"
    "0010 0008 0006 02 6832 02 0a0a"
    "000a 0004 0002 001d"
    "000d 0006 0004 0403 0804"
    "002b 0005 04 0304 0303"
    "0033 000a 0008 001d 0004 01020304"
    "4a4a 0000"
    "0015 0002 0000";

std::string raw_hello() {
  std::string out;
  int high = -1;
  for (const char c : hello_hex) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  return out;
}

TEST(Decode, PrintsEveryField) {
  const Outcome outcome = run({"decode"}, hello_hex);
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  for (const std::string_view line : {
           "input                hex, 137 bytes\n",
           "client_hello         132 bytes\n",
           "legacy_version       0x0303 TLS 1.2\n",
           "highest_version      0x0304 TLS 1.3\n",
           "random               000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
           "session_id           empty\n",
           "cipher_suites        0x0a0a GREASE, 0x1301, 0xc02b\n",
           "h2_suite             yes",
           "compression_methods  00\n",
           "ech_offered          no\n",
           "  a.example\n",
           "  h2, %0A%0A (GREASE)\n",
           "  0x001d x25519\n",
           "  0x0403, 0x0804\n",
           "  0x0304 TLS 1.3, 0x0303 TLS 1.2\n",
           "  0x001d x25519 (4 bytes)\n",
           "  2 bytes\n",
       }) {
    EXPECT_THAT(outcome.out, HasSubstr(std::string(line)));
  }
}

TEST(Decode, ReadsRawBytesFromAFile) {
  const Folder folder;
  const Outcome outcome = run({"decode", folder.write("hello.bin", raw_hello())});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, StartsWith("input                raw, 137 bytes\n"));
}

TEST(Decode, ReadsBase64) {
  // `xxd -r -p | base64` of the hello's first nine bytes.
  const Outcome outcome = run({"decode", "-"}, "FgMBAIQBAACA\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out,
              AllOf(StartsWith("input                base64, 9 bytes\n"),
                    HasSubstr("incomplete: 9 bytes are no whole ClientHello; 128 more are needed at least")));
}

TEST(Decode, ReadsHexInTheFormsOfOtherTools) {
  EXPECT_THAT(run({"decode"}, "16:03:01:00:84").out, StartsWith("input                hex, 5 bytes\n"));
  EXPECT_THAT(run({"decode"}, "0x16, 0x03, 0x01").out, StartsWith("input                hex, 3 bytes\n"));
}

// FoxIO's rules, applied by hand: GREASE left out, server_name and ALPN not among the listed extensions.
TEST(Decode, PrintsJa4) {
  const json hello = json::parse(run({"decode", "--json"}, hello_hex).out);
  EXPECT_EQ(hello["ja4_r"], "t13d0207h2_1301,c02b_000a,000d,0015,002b,0033_0403,0804");
  // sha256("1301,c02b") and sha256("000a,000d,0015,002b,0033_0403,0804"), twelve digits each, by coreutils.
  EXPECT_EQ(hello["ja4"], "t13d0207h2_777cda164f4b_824aca5a4570");
}

TEST(Decode, PrintsOneObject) {
  const json hello = json::parse(run({"decode", "--json"}, hello_hex).out);
  EXPECT_EQ(hello["bytes"], 132);
  EXPECT_EQ(hello["legacy_version"], 0x0303);
  EXPECT_EQ(hello["highest_version"], 0x0304);
  EXPECT_EQ(hello["cipher_suites"], json({0x0a0a, 0x1301, 0xc02b}));
  EXPECT_EQ(hello["h2_suite"], true);
  EXPECT_EQ(hello["server_name"], "a.example");
  EXPECT_EQ(hello["alpn"], json({"h2", "%0A%0A"}));
  EXPECT_EQ(hello["supported_versions"], json({0x0304, 0x0303}));
  EXPECT_EQ(hello["supported_groups"], json::array({0x001d}));
  EXPECT_EQ(hello["signature_algorithms"], json({0x0403, 0x0804}));
  EXPECT_EQ(hello["key_share"], json::array({{{"group", 0x001d}, {"key", "01020304"}}}));
  EXPECT_EQ(hello["ech_offered"], false);
  EXPECT_EQ(hello["padding"], 2);
  ASSERT_EQ(hello["extensions"].size(), 8U);
  EXPECT_EQ(hello["extensions"][6], json({{"type", 0x4a4a}, {"name", "GREASE"}, {"body", ""}}));
}

TEST(Decode, TellsTheAlertForABrokenHello) {
  std::string broken = raw_hello();
  broken[5] = 2;  // a ServerHello
  const Outcome outcome = run({"decode"}, broken);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("broken: "), HasSubstr("(RFC 8446 "),
                                 HasSubstr("answered with fatal alert 10 (unexpected_message)")));
  const json error = json::parse(run({"decode", "--json"}, broken).out)["error"];
  EXPECT_EQ(error["alert"], 10);
  EXPECT_EQ(error["alert_name"], "unexpected_message");
}

TEST(Decode, TellsWhatIsNoTls) {
  const Outcome outcome = run({"decode"}, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, HasSubstr("closed without an alert"));
  EXPECT_EQ(json::parse(run({"decode", "--json"}, "GET / HTTP/1.1\r\n\r\n").out)["error"]["alert"], nullptr);
}

TEST(Decode, FindsNothingIncomplete) {
  const json error = json::parse(run({"decode", "--json"}, "").out)["error"];
  EXPECT_EQ(error["reason"], "incomplete");
  EXPECT_EQ(error["bytes"], 0);
}

TEST(Decode, CannotRunWithoutTheFile) {
  const Outcome outcome = run({"decode", "/nonexistent"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.err, "/nonexistent: cannot be read: No such file or directory\n");
}

TEST(Decode, ReadsNoMoreThanAHelloCanBe) {
  const Outcome outcome = run({"decode"}, std::string(1024 * 1024 + 1, '0'));
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, HasSubstr("is longer than 1048576 bytes"));
}

}  // namespace
}  // namespace simplon::cli
