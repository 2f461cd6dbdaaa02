// No route for a client: every situation, under every policy, where TLS ends here and where it is passed through.
#include "support/hello_bytes.hpp"
#include "support/running_gateway.hpp"
#include "support/test_backend.hpp"
#include "support/tls_client.hpp"

#include <ostream>
#include <thread>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::string_literals;
using record::Reason;
using record::Verdict;
using test::fatal_alert;
using test::hello_for;
using test::in_records;
using test::record_of;
using test::StreamEnd;

using Names = std::vector<std::string>;

// A hello that does not offer TLS 1.3.
ClientHelloBuilder old_hello(std::string_view server_name, const Names& alpn) {
  return hello_for(server_name, alpn).without_extension(43).without_extension(51);
}

// A client that no route takes, whatever the listener's policy is.
struct Situation {
  std::string name;
  std::string bytes;
  std::optional<std::uint8_t> alert;  // nothing: closed without a word
  Reason reason;
};

std::vector<Situation> situations() {
  const ClientHelloBuilder plain = hello_for("app.example.com", Names{"h2"});
  std::string longer(in_records(plain));
  longer[8] = static_cast<char>(longer[8] + 1);  // the message's length, and a byte behind the extensions
  longer[4] = static_cast<char>(longer[4] + 1);
  return {
      // Every fitting route was skipped for its TLS version (RFC 8446 §6.2).
      {"too_old", in_records(old_hello("new.example.com", {"h2"})), 70, Reason::tls_version},
      // RFC 7301 §3.2 is about offers; a client without one that nobody takes is told the same.
      {"no_extension", in_records(hello_for("only.example.com", std::nullopt)), 120, Reason::no_alpn_offered},
      // No route of this name takes "none", so that no policy helps (RFC 7301 §3.2).
      {"no_overlap_nor_none", in_records(hello_for("only.example.com", Names{"foo"})), 120, Reason::no_common_protocol},
      // RFC 6066 §3.
      {"unknown_name", in_records(hello_for("other.example.com", Names{"h2"})), 112, Reason::unknown_server_name},
      // RFC 8446 §9.2.
      {"missing_name", in_records(hello_for(std::nullopt, Names{"h2"})), 109, Reason::missing_server_name},
      // RFC 6066 §3: an IP literal is no host name, so it counts as none.
      {"ip_literal", in_records(hello_for("127.0.0.1", Names{"h2"})), 109, Reason::missing_server_name},
      {"reject_route", in_records(hello_for("reject.example.com", Names{"h2"})), 120, Reason::reject_route},
      // RFC 8446 §6.2: decode_error.
      {"trailing_byte", longer + '\0', 50, Reason::malformed_hello},
      {"truncated_alpn", in_records(hello_for("app.example.com", std::nullopt).extension(16, as_bytes("\0\4\3h2"s))),
       50, Reason::malformed_hello},
      // RFC 8446 §4.2.
      {"duplicate_extension",
       in_records(hello_for("app.example.com", Names{"h2"}).repeat_extension(16, as_bytes("\0\3\2h2"s))), 47,
       Reason::duplicate_extension},
      // RFC 8446 §5.1.
      {"data_first", record_of(23, "hello"), 10, Reason::unexpected_message},
      {"empty_record", record_of(22, ""), 10, Reason::unexpected_message},
      {"server_hello", record_of(22, "\2\0\0\0"s), 10, Reason::unexpected_message},
      {"record_overflow", "\x16\3\1\x40\1"s, 22, Reason::record_overflow},
      {"too_large", record_of(22, "\1\1\0\0"s), 50, Reason::hello_too_large},
      {"alert_record", record_of(21, "\2\x28"), std::nullopt, Reason::alert_received},
      {"not_tls", "SSH-2.0-OpenSSH_9.2p1\r\n", std::nullopt, Reason::not_tls},
      // SSLv2's ClientHello; RFC 6176 forbids it.
      {"sslv2", "\x80\x2e\1\3\1\0\x15\0\0\0\x10\1\0\x80\7\0\xc0"s, std::nullopt, Reason::not_tls},
  };
}

std::vector<Situation> situations_with_alert() {
  std::vector<Situation> all = situations();
  std::erase_if(all, [](const Situation& situation) { return !situation.alert; });
  return all;
}

struct Kind {
  std::string policy;
  std::string action;
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const char* action : {"pass", "tcp"}) {
    for (const char* policy : {"reject", "ignore", "report"})
      all.push_back({policy, action});
  }
  return all;
}

std::string configure(const Kind& kind, const std::string& backend) {
  const std::string to = kind.action + " = \"" + backend + "\"\n";
  std::string config(test::listen_table);
  config += "mismatch = \"" + kind.policy + "\"\n";
  if (kind.action == "tcp") config += test::certificate_table;
  config += "[[route]]\nsni = \"app.example.com\"\nalpn = \"h2\"\n" + to;
  config += "[[route]]\nsni = \"app.example.com\"\nalpn = \"none\"\n" + to;
  config += "[[route]]\nsni = \"only.example.com\"\nalpn = \"h2\"\n" + to;
  config += "[[route]]\nsni = \"new.example.com\"\nalpn = [\"h2\", \"none\"]\nmin_tls = \"1.3\"\n" + to;
  config += "[[route]]\nsni = \"reject.example.com\"\nreject = true\n";
  return config;
}

std::string name_of(const Kind& kind) { return kind.action + "_" + kind.policy; }

// Test runners print parameters; names are what they are known by.
void PrintTo(const Situation& situation, std::ostream* out) { *out << situation.name; }
void PrintTo(const Kind& kind, std::ostream* out) { *out << name_of(kind); }

class NoCandidate : public testing::TestWithParam<std::tuple<Kind, Situation>> {
 protected:
  const Kind& kind = std::get<0>(GetParam());
  const Situation& situation = std::get<1>(GetParam());
  test::TestBackend backend{test::echo};
  test::RunningGateway gateway{configure(kind, backend.address())};

  void expect_record() {
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(record.verdict, Verdict::rejected);
    EXPECT_EQ(name_of(record.reason), name_of(situation.reason));
    EXPECT_EQ(record.alert, situation.alert);
    EXPECT_FALSE(record.would_reject);
    EXPECT_FALSE(record.selected);
    EXPECT_EQ(record.backend, "");
    EXPECT_EQ(backend.dialled(), 0U);
  }
};

TEST_P(NoCandidate, GetsTheAlertAndAnOrderlyEnd) {
  test::StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(situation.bytes));
  const test::Received answer = client.read_to_end();
  EXPECT_EQ(answer.bytes, situation.alert ? fatal_alert(*situation.alert) : "");
  // Where nothing is said nothing can be lost, so a reset will do.
  EXPECT_TRUE(!situation.alert || answer.end == StreamEnd::finished);
  client.close();
  expect_record();
}

using NoCandidateToldSo = NoCandidate;

// A close with unread bytes makes the kernel send a reset, on which a client may never read what it was told.
TEST_P(NoCandidateToldSo, SeesTheAlertThoughItGoesOnWriting) {
  test::StreamSocket client = gateway.connect();
  // All written before anything is read: what the gateway has thrown away by then must not have cost the alert.
  const std::string more(28 * 1024, 'x');
  ASSERT_TRUE(client.send_apart({situation.bytes, more, more}));
  const test::Received answer = client.read_to_end();
  EXPECT_EQ(answer.bytes, fatal_alert(*situation.alert));
  EXPECT_EQ(answer.end, StreamEnd::finished);
  client.close();
  expect_record();
}

TEST_P(NoCandidateToldSo, SeesTheAlertAmongMuchMoreThanIsWaitedFor) {
  test::StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(situation.bytes));
  std::thread writer([&] { client.send(std::string(200 * 1024, 'x')); });
  const test::Received answer = client.read(7);
  writer.join();
  EXPECT_EQ(answer.bytes, fatal_alert(*situation.alert));
  client.close();
  expect_record();
}

std::string name_of(const testing::TestParamInfo<std::tuple<Kind, Situation>>& each) {
  return name_of(std::get<0>(each.param)) + "_" + std::get<1>(each.param).name;
}

INSTANTIATE_TEST_SUITE_P(All, NoCandidate,
                         testing::Combine(testing::ValuesIn(kinds()), testing::ValuesIn(situations())),
                         [](const auto& each) { return name_of(each); });
INSTANTIATE_TEST_SUITE_P(All, NoCandidateToldSo,
                         testing::Combine(testing::ValuesIn(kinds()), testing::ValuesIn(situations_with_alert())),
                         [](const auto& each) { return name_of(each); });

// An offer without a name in common: what the policy is for.
class NoOverlap : public testing::TestWithParam<Kind> {
 protected:
  test::TestBackend backend{test::echo};
  test::RunningGateway gateway{configure(GetParam(), backend.address())};
};

TEST_P(NoOverlap, IsRejectedOrServedWithoutAnAnswer) {
  const bool rejects = GetParam().policy == "reject";
  const bool passes = GetParam().action == "pass";
  test::StreamSocket socket = gateway.connect();
  if (rejects) {
    ASSERT_TRUE(socket.send(in_records(hello_for("app.example.com", Names{"foo"}))));
    const test::Received answer = socket.read_to_end();
    EXPECT_EQ(answer.bytes, fatal_alert(120));  // RFC 7301 §3.2
    EXPECT_EQ(answer.end, StreamEnd::finished);
  } else if (passes) {
    const std::string hello = in_records(hello_for("app.example.com", Names{"foo"}));
    ASSERT_TRUE(socket.send(hello));
    EXPECT_EQ(socket.read(hello.size()).bytes, hello);
  } else {
    test::TlsClientOptions options;
    options.server_name = "app.example.com";
    options.alpn = test::alpn_wire({"foo"});
    test::TlsClient client(socket.descriptor(), options);
    ASSERT_TRUE(client.handshake()) << client.error();
    EXPECT_FALSE(client.answer());
  }
  socket.close();
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(record.verdict, rejects ? Verdict::rejected : passes ? Verdict::passed : Verdict::terminated);
  EXPECT_EQ(record.reason == Reason::no_common_protocol, rejects);
  EXPECT_EQ(record.alert, rejects ? std::optional<std::uint8_t>(120) : std::nullopt);
  EXPECT_EQ(record.would_reject, GetParam().policy == "report");
  EXPECT_EQ(record.route, rejects ? std::nullopt : std::optional<std::uint32_t>(2));
  EXPECT_EQ(backend.dialled(), rejects ? 0U : 1U);
}

INSTANTIATE_TEST_SUITE_P(All, NoOverlap, testing::ValuesIn(kinds()),
                         [](const auto& each) { return name_of(each.param); });

}  // namespace

}  // namespace simplon
