// The answer to the client's offer, and what becomes of a hello that is not the one decided on.
#include "unit/tls/tls_pair.hpp"

#include <gmock/gmock.h>

namespace simplon::tls {

namespace {

using test::alpn_wire;
using Message = test::TlsClient::Answer::Message;
using Negotiation = EveryVersion;

const std::string h2_and_http_1_1 = alpn_wire({"h2", "http/1.1"});

// A client that is sent a HelloRetryRequest: its first group is none of ours.
test::TlsClientOptions retried(std::optional<std::string> alpn = h2_and_http_1_1) {
  test::TlsClientOptions options;
  options.min_version = TLS1_3_VERSION;
  options.groups = "P-521:P-256";
  options.server_name = "app.example.com";
  options.alpn = std::move(alpn);
  return options;
}

void expect_ended(TlsPair& pair, std::uint8_t alert) {
  EXPECT_FALSE(pair.handshake());
  EXPECT_EQ(pair.server_step.status, Status::failed);
  EXPECT_TRUE(pair.server.negotiation_refused());
  EXPECT_EQ(pair.server.alert_sent(), alert);
  EXPECT_EQ(pair.client.alert_received(), alert);
  EXPECT_THAT(pair.server.error(), testing::HasSubstr("not the one that was decided on"));
}

// RFC 7301 §3.1, RFC 8446 §4.3.1: in ServerHello up to TLS 1.2, in EncryptedExtensions from 1.3 on.
TEST_P(Negotiation, AnswersInTheSameHandshake) {
  auto options = this->options();
  options.alpn = h2_and_http_1_1;
  TlsPair pair(default_store(), options, decided_on(options, protocol::h2));
  ASSERT_TRUE(pair.handshake()) << pair.server.error() << pair.client.error();
  ASSERT_TRUE(pair.client.answer());
  EXPECT_EQ(pair.client.answer()->message, is_1_3() ? Message::encrypted_extensions : Message::server_hello);
}

// RFC 7301 §3.1: the answer "MUST contain exactly one ProtocolName".
TEST_P(Negotiation, AnswersExactlyOneName) {
  auto options = this->options();
  options.alpn = h2_and_http_1_1;
  TlsPair pair(default_store(), options, decided_on(options, protocol::http_1_1));
  ASSERT_TRUE(pair.handshake());
  EXPECT_EQ(pair.client.answer()->body, std::string("\x00\x09\x08http/1.1", 11));
  EXPECT_EQ(pair.client.selected(), "http/1.1");
  EXPECT_EQ(pair.server.selected(), protocol::http_1_1);
}

// RFC 7301 §6: names are opaque bytes.
TEST_P(Negotiation, AnswersAnyBytes) {
  auto options = this->options();
  const std::string name("\x00,\xff H2", 6);
  options.alpn = alpn_wire({"h2", name, "h2"});
  TlsPair pair(default_store(), options, decided_on(options, ProtocolIdView::from(name).value()));
  ASSERT_TRUE(pair.handshake());
  EXPECT_EQ(pair.client.selected(), name);
}

TEST_P(Negotiation, DoesNotAnswerWhereNothingWasSelected) {
  auto options = this->options();
  options.alpn = h2_and_http_1_1;
  TlsPair pair(default_store(), options, decided_on(options));
  ASSERT_TRUE(pair.handshake());
  EXPECT_FALSE(pair.client.answer());
  EXPECT_FALSE(pair.server.selected());
}

TEST_P(Negotiation, DoesNotAnswerWithoutAnOffer) {
  const auto options = this->options();
  TlsPair pair(default_store(), options, decided_on(options));
  ASSERT_TRUE(pair.handshake());
  EXPECT_FALSE(pair.client.answer());
}

// A name that was not offered is never answered (RFC 7301 §3.1), whatever was decided.
TEST_P(Negotiation, NeverAnswersANameThatWasNotOffered) {
  auto options = this->options();
  options.alpn = alpn_wire({"http/1.1"});
  TlsPair pair(default_store(), options, decided_on(options, protocol::h2));
  expect_ended(pair, 120);
  EXPECT_FALSE(pair.client.answer());
}

TEST_P(Negotiation, EndsOnAnotherOfferThanDecidedOn) {
  for (const auto& other : {alpn_wire({"http/1.1", "h2"}), alpn_wire({"h2"}), alpn_wire({"h2", "http/1.1", "h2"}),
                            alpn_wire({"H2", "http/1.1"})}) {
    auto options = this->options();
    options.alpn = other;
    Decided decided = decided_on(options, protocol::h2);
    decided.offer = ProtocolListView::parse_names(as_bytes(h2_and_http_1_1)).value();
    TlsPair pair(default_store(), options, decided);
    expect_ended(pair, 120);
  }
}

TEST_P(Negotiation, EndsOnAnOfferWhereNoneWasDecidedOn) {
  auto options = this->options();
  const Decided decided = decided_on(options);
  options.alpn = alpn_wire({"h2"});
  TlsPair pair(default_store(), options, decided);
  expect_ended(pair, 120);
}

TEST_P(Negotiation, EndsWithoutTheOfferThatWasDecidedOn) {
  auto options = this->options();
  const std::string wire = alpn_wire({"h2"});
  Decided decided = decided_on(options);
  decided.offer = ProtocolListView::parse_names(as_bytes(wire)).value();
  TlsPair pair(default_store(), options, decided);
  expect_ended(pair, 47);
}

TEST_P(Negotiation, EndsOnAnotherServerName) {
  const std::vector<std::pair<std::optional<std::string>, std::optional<std::string>>> rows{
      {"app.example.com", "www.example.com"},
      {"app.example.com", std::nullopt},
      {std::nullopt, "app.example.com"},
      {"app.example.com", "app.example.com.au"},
  };
  for (const auto& [sent, decided_name] : rows) {
    auto options = this->options();
    options.server_name = sent;
    Decided decided = decided_on(options);
    decided.server_name = decided_name;
    TlsPair pair(default_store(), options, decided);
    expect_ended(pair, 47);
  }
}

// RFC 6066 §3: names are case-insensitive and sent without the trailing dot; some clients send one all the same.
TEST_P(Negotiation, TakesAServerNameForItselfInAnyForm) {
  for (const std::string sent : {"APP.Example.COM", "app.example.com.", "127.0.0.1", "not a name!"}) {
    auto options = this->options();
    options.server_name = sent;
    Decided decided = decided_on(options);
    if (sent.starts_with("APP") || sent.ends_with('.')) decided.server_name = "app.example.com";
    TlsPair pair(default_store(), options, decided);
    EXPECT_TRUE(pair.handshake()) << sent << ": " << pair.server.error();
  }
}

INSTANTIATE_TEST_SUITE_P(Tls, Negotiation, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

TEST(HelloRetry, AnswersTheRepeatedOffer) {
  const auto options = retried();
  TlsPair pair(default_store(), options, decided_on(options, protocol::h2));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_EQ(pair.client.hello_retries(), 1);
  EXPECT_EQ(pair.client.selected(), "h2");
}

// Some libraries take no more than 16 KiB by themselves.
TEST(HelloRetry, AnswersALongOffer) {
  std::vector<std::string> names{"h2"};
  for (int i = 0; i < 3000; ++i)
    names.push_back("name-" + std::to_string(i));
  const auto options = retried(alpn_wire(names));
  TlsPair pair(default_store(), options, decided_on(options, protocol::h2));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_EQ(pair.client.hello_retries(), 1);
  EXPECT_EQ(pair.client.selected(), "h2");
}

// RFC 8446 §4.1.2: the second ClientHello repeats the first, but for a few extensions of which ALPN is none.
TEST(HelloRetry, EndsOnAChangedOffer) {
  for (const auto& changed : {alpn_wire({"http/1.1", "h2"}), alpn_wire({"http/1.1"}), alpn_wire({"h2"})}) {
    auto options = retried();
    const Decided decided = decided_on(options, protocol::h2);
    options.on_server_hello = [&](SSL& ssl) { EXPECT_TRUE(test::set_alpn(ssl, changed)); };
    TlsPair pair(default_store(), options, decided);
    expect_ended(pair, 47);
    EXPECT_EQ(pair.client.hello_retries(), 1);
  }
}

TEST(HelloRetry, EndsOnADroppedOffer) {
  for (const bool selects : {true, false}) {
    auto options = retried();
    const Decided decided = selects ? decided_on(options, protocol::h2) : decided_on(options);
    options.on_server_hello = [](SSL& ssl) { EXPECT_TRUE(test::set_alpn(ssl, "")); };
    TlsPair pair(default_store(), options, decided);
    expect_ended(pair, 47);
    EXPECT_EQ(pair.client.hello_retries(), 1);
  }
}

TEST(HelloRetry, EndsOnAnOfferThatWasNotThereBefore) {
  auto options = retried(std::nullopt);
  const Decided decided = decided_on(options);
  options.on_server_hello = [](SSL& ssl) { EXPECT_TRUE(test::set_alpn(ssl, alpn_wire({"h2"}))); };
  TlsPair pair(default_store(), options, decided);
  expect_ended(pair, 47);
  EXPECT_EQ(pair.client.hello_retries(), 1);
}

TEST(HelloRetry, EndsOnAChangedServerName) {
  auto options = retried();
  const Decided decided = decided_on(options, protocol::h2);
  options.on_server_hello = [](SSL& ssl) { SSL_set_tlsext_host_name(&ssl, "www.example.com"); };
  TlsPair pair(default_store(), options, decided);
  expect_ended(pair, 47);
  EXPECT_EQ(pair.client.hello_retries(), 1);
}

}  // namespace

}  // namespace simplon::tls
