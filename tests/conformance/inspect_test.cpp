// The protocol selected is the one spoken (RFC 7301 §3.2), on the page that shows it.
#include "support/round_trip.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::string_literals;
using test::GatewayClient;

using Names = std::vector<std::string>;

const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const std::string empty_settings = "\0\0\0\4\0\0\0\0\0"s;

// The frames in `bytes`, by type (RFC 9113 §4.1), with their payloads.
std::vector<std::pair<int, std::string>> frames_in(std::string_view bytes) {
  std::vector<std::pair<int, std::string>> frames;
  while (bytes.size() >= 9) {
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const std::size_t size = at(0) << 16 | at(1) << 8 | at(2);
    frames.emplace_back(static_cast<int>(at(3)), std::string(bytes.substr(9, size)));
    bytes.remove_prefix(std::min(bytes.size(), 9 + size));
  }
  return frames;
}

class Inspecting : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static test::TlsClientOptions offer(const std::optional<Names>& names) {
    return test::client_options(GetParam(), names);
  }
  // What comes for `request` until the stream ends.
  std::string ask(const std::optional<Names>& names, const std::string& request) {
    GatewayClient client(gateway, offer(names));
    if (!client.tls.handshake() || !client.tls.write(request)) return "failed: " + client.tls.error();
    std::string answer = client.tls.read(1'000'000);
    EXPECT_TRUE(client.tls.close_notify_received());
    return answer;
  }
  test::RunningGateway gateway{std::string(test::listen_table) + std::string(test::certificate_table) +
                               "[[route]]\ninspect = true\n"};
};

TEST_P(Inspecting, ServesThePage) {
  const std::string answer = ask(Names{"http/1.1"}, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("<!doctype html>"), std::string::npos) << answer.substr(0, 600);
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(record.selected, "http/1.1");
  EXPECT_EQ(record.verdict, record::Verdict::terminated);
  EXPECT_EQ(record.action, "inspect");
  EXPECT_EQ(name_of(record.reason), "");
}

TEST_P(Inspecting, ServesJson) {
  const std::string answer = ask(Names{"http/1.1"}, "GET /json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("\"http/1.1\""), std::string::npos) << answer;
  EXPECT_NE(answer.find("app.example.com"), std::string::npos) << answer;
}

// Without ALPN the "none" route decides, and this action speaks http/1.1 there.
TEST_P(Inspecting, SpeaksHttp11WithoutAnOffer) {
  EXPECT_EQ(ask(std::nullopt, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").substr(0, 15),
            "HTTP/1.1 200 OK");
  EXPECT_FALSE(gateway.next_record().selected);
}

TEST_P(Inspecting, ServesHttp2) {
  GatewayClient client(gateway, offer(Names{"h2", "http/1.1"}));
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  // HEADERS of stream 1, whole: ":method GET", ":scheme https", ":path /", ":authority a" (RFC 7541 Appendix A).
  const std::string headers = "\0\0\x06\1\5\0\0\0\1\x82\x87\x84\x41\1a"s;
  ASSERT_TRUE(client.tls.write(preface + empty_settings + headers));
  std::string bytes;
  const auto has = [&](int type) {
    const auto frames = frames_in(bytes);
    return std::ranges::any_of(frames, [&](const auto& frame) { return frame.first == type; });
  };
  // Until DATA.
  while (!has(0)) {
    const std::string more = client.tls.read(1);
    ASSERT_NE(more, "") << client.tls.error();
    bytes += more;
  }
  EXPECT_TRUE(has(1));
}

// RFC 9113 §3.4, RFC 7301 §3.2: after h2 nothing else is spoken.
TEST_P(Inspecting, AnswersHttp11AfterH2WithGoaway) {
  const std::string answer = ask(Names{"h2"}, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto frames = frames_in(answer);
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.front().first, 4);  // the server's preface is SETTINGS
  EXPECT_EQ(frames.back().first, 7);   // GOAWAY
  ASSERT_GE(frames.back().second.size(), 8U);
  EXPECT_EQ(frames.back().second.substr(4, 4), "\0\0\0\1"s);  // PROTOCOL_ERROR
  EXPECT_EQ(answer.find("HTTP/1"), std::string::npos);
  EXPECT_EQ(name_of(gateway.next_record().reason), "protocol_violation");
}

TEST_P(Inspecting, AnswersAnHttp2PrefaceAfterHttp11With400) {
  const std::string answer = ask(Names{"http/1.1"}, preface + empty_settings);
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 400") << answer;
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos);
  EXPECT_EQ(name_of(gateway.next_record().reason), "protocol_violation");
}

TEST_P(Inspecting, AnswersGarbageAfterHttp11With400) {
  EXPECT_EQ(ask(Names{"http/1.1"}, "\x01\x02\x03\r\n\r\n").substr(0, 12), "HTTP/1.1 400");
}

TEST_P(Inspecting, KeepsAConnectionForTheNextRequest) {
  GatewayClient client(gateway, offer(Names{"http/1.1"}));
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  const std::string request = "HEAD /json HTTP/1.1\r\nHost: a\r\n";
  std::string answer;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.tls.write(request + "\r\n"));
    answer.clear();
    while (!answer.ends_with("\r\n\r\n")) {
      const std::string more = client.tls.read(1);
      ASSERT_NE(more, "");
      answer += more;
    }
    EXPECT_EQ(answer.substr(0, 15), "HTTP/1.1 200 OK");
  }
  ASSERT_TRUE(client.tls.write(request + "Connection: close\r\n\r\n"));
  EXPECT_NE(client.tls.read(1'000'000).find("connection: close"), std::string::npos);
}

// A client that asks for much and reads nothing is an idle one in the end.
TEST_P(Inspecting, GivesUpAClientThatReadsNothing) {
  test::RunningGateway impatient("[limits]\nidle_timeout = \"300ms\"\n" + std::string(test::listen_table) +
                                 std::string(test::certificate_table) + "[[route]]\ninspect = true\n");
  GatewayClient client(impatient, offer(Names{"http/1.1"}), 4096);
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  std::string requests;
  for (int i = 0; i < 2000; ++i)
    requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  static_cast<void>(client.tls.write(requests, 100));
  EXPECT_EQ(name_of(impatient.next_record().reason), "idle_timeout");
}

INSTANTIATE_TEST_SUITE_P(Tls, Inspecting, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& each) { return each.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2"; });

}  // namespace

}  // namespace simplon
