// The misbehaving server against a real client: it does everything but one thing right, and sees what the client does.
#include "probe/bent_server.hpp"

#include "probe/conform_client.hpp"
#include "support/test_certificate.hpp"
#include "tls/native.hpp"

#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace simplon::probe {

namespace {

constexpr std::string_view two_names_offered("\2h2\x08http/1.1", 12);

tls::Certificate certificate_of(test::TestKey key) {
  const auto made = test::make_test_certificate({.names = {"localhost"}, .key = key});
  return tls::Certificate::parse({made.chain_pem, ""}, {made.key_pem, ""}).value();
}

// What the client is, and what it does when its handshake is done.
struct Client {
  std::string_view offer = two_names_offered;
  const char* groups = "X25519:P-256";
  test::TestKey key = test::TestKey::ecdsa_p256;
  bool writes = false;
  bool closes = false;
  std::size_t piece = 100'000;  // the bytes that the server gets at a time
};

// OpenSSL's client, without a socket.
class RealClient {
 public:
  RealClient(std::uint16_t version, const Client& client)
      : client_(client), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    EXPECT_EQ(SSL_CTX_set1_groups_list(context_.get(), client.groups), 1);
    if (!client.offer.empty()) {
      const auto* const names = reinterpret_cast<const unsigned char*>(client.offer.data());
      EXPECT_EQ(SSL_CTX_set_alpn_protos(context_.get(), names, static_cast<unsigned>(client.offer.size())), 0);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
  }

  // Hears `bytes`, goes as far as it can, and says what it has to.
  std::string hear(Bytes bytes) {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    if (SSL_do_handshake(ssl_.get()) == 1 && !done_) {
      done_ = true;
      if (client_.writes) {
        EXPECT_EQ(SSL_write(ssl_.get(), "x", 1), 1);
      }
      if (client_.closes) SSL_shutdown(ssl_.get());
    }
    std::string said(100'000, '\0');
    const int size = BIO_read(SSL_get_wbio(ssl_.get()), said.data(), static_cast<int>(said.size()));
    said.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return said;
  }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::string selected() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

 private:
  Client client_;
  tls::SslContextOwner context_;
  tls::SslOwner ssl_;
  bool done_ = false;
};

struct Outcome {
  Reaction reaction;
  bool client_done = false;
  std::string selected;
};

Outcome meet(std::uint16_t version, const Bend& bend, const Client& client = {}) {
  const auto server = BentServer::make(version, bend, certificate_of(client.key));
  RealClient real(version, client);
  std::vector<std::byte> heard;
  for (int round = 0; round < 4; ++round) {
    const std::string said = real.hear(heard);
    for (std::size_t at = 0; at < said.size(); at += client.piece)
      server->read(as_bytes(std::string_view(said).substr(at, client.piece)));
    heard = server->take_output();
  }
  return {.reaction = server->reaction(), .client_done = real.done(), .selected = real.selected()};
}

const Bend& bend_of(std::string_view id) { return find_client_case(id)->bend; }

class BentServerIn : public testing::TestWithParam<std::uint16_t> {};

TEST_P(BentServerIn, FinishesAStraightHandshake) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
    const Outcome seen = meet(GetParam(), bend_of("control"), {.piece = piece});
    EXPECT_TRUE(seen.client_done);
    EXPECT_EQ(seen.selected, "h2");
    EXPECT_TRUE(seen.reaction.finished) << describe(seen.reaction);
    EXPECT_EQ(seen.reaction.end, Reaction::End::waiting) << describe(seen.reaction);
    EXPECT_EQ(seen.reaction.offer->size(), 2);
  }
}

TEST_P(BentServerIn, FinishesWithOtherGroupsAndKeys) {
  using test::TestKey;
  // A TLS 1.2 client takes an ECDSA certificate of a group alone that it names (RFC 8422 §5.1.1).
  const std::array clients{Client{.groups = "P-256", .key = TestKey::ecdsa_p256},
                           Client{.groups = "P-384", .key = TestKey::rsa_2048},
                           Client{.groups = "X25519", .key = TestKey::ed25519}};
  for (const Client& client : clients) {
    const Outcome seen = meet(GetParam(), bend_of("last-offered"), client);
    EXPECT_TRUE(seen.client_done && seen.reaction.finished) << client.groups << ": " << describe(seen.reaction);
    EXPECT_EQ(seen.selected, "http/1.1");
  }
}

TEST_P(BentServerIn, SeesWhatComesBehindTheHandshake) {
  const Reaction data = meet(GetParam(), bend_of("no-answer"), {.writes = true}).reaction;
  EXPECT_EQ(describe(data), "finishes the handshake and sends data");
  EXPECT_FALSE(has_aborted(data));
  const Reaction end = meet(GetParam(), bend_of("no-answer"), {.closes = true}).reaction;
  EXPECT_EQ(describe(end), "finishes the handshake and closes");
  EXPECT_FALSE(has_aborted(end));
}

TEST_P(BentServerIn, SeesTheAlert) {
  for (const std::string_view id : {"unoffered", "two-names", "list-too-short", "list-too-long", "name-truncated",
                                    "empty-extension", "empty-list", "one-byte", "name-with-nul"}) {
    const Outcome seen = meet(GetParam(), bend_of(id));
    EXPECT_FALSE(seen.client_done) << id;
    // OpenSSL calls all of these a bad extension.
    EXPECT_EQ(describe(seen.reaction), "alert 50 (decode_error)") << id;
    EXPECT_TRUE(has_aborted(seen.reaction)) << id;
  }
}

TEST_P(BentServerIn, AnswersWhoHasNotAsked) {
  const Outcome seen = meet(GetParam(), bend_of("unasked"), {.offer = {}});
  EXPECT_FALSE(seen.reaction.offer);
  EXPECT_EQ(describe(seen.reaction), "alert 110 (unsupported_extension)");
  EXPECT_EQ(meet(GetParam(), bend_of("unasked")).reaction.end, Reaction::End::inapplicable);
  EXPECT_EQ(meet(GetParam(), bend_of("unoffered"), {.offer = {}}).reaction.end, Reaction::End::inapplicable);
}

TEST_P(BentServerIn, SaysTheExtensionTwice) {
  EXPECT_EQ(describe(meet(GetParam(), bend_of("duplicate-extension")).reaction), "alert 47 (illegal_parameter)");
}

TEST_P(BentServerIn, NeedsAClientOfItsVersion) {
  const auto server = BentServer::make(GetParam(), bend_of("control"), certificate_of(test::TestKey::ecdsa_p256));
  const std::uint16_t other = GetParam() == tls_1_3 ? tls_1_2 : tls_1_3;
  server->read(as_bytes(RealClient(other, {}).hear({})));
  EXPECT_EQ(server->reaction().end, Reaction::End::incapable);
  EXPECT_TRUE(server->take_output().empty());
}

TEST_P(BentServerIn, KnowsWhatIsNoHandshake) {
  const std::string hello = RealClient(GetParam(), {}).hear({});
  const std::array<std::string, 6> wrong{"GET / HTTP/1.1\r\n\r\n",
                                         std::string("\x17\x03\x03\0\1x", 6),
                                         std::string("\x16\x03\x03\0\4\2\0\0\0", 9),
                                         std::string("\x16\x03\x03\0\6\1\0\0\2\3\3", 11),
                                         std::string("\x15\x03\x03\0\1\2", 6),
                                         hello + std::string("\x16\x03\x03\0\4\x0b\0\0\0", 9)};
  for (const std::string& bytes : wrong) {
    const auto server = BentServer::make(GetParam(), bend_of("control"), certificate_of(test::TestKey::ecdsa_p256));
    server->read(as_bytes(bytes));
    EXPECT_EQ(server->reaction().end, Reaction::End::malformed) << describe(server->reaction());
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, BentServerIn, testing::Values(tls_1_2, tls_1_3),
                         [](const auto& each) { return each.param == tls_1_3 ? "Tls13" : "Tls12"; });

TEST(BentServer, PutsTheExtensionWhereItMustNotStand) {
  for (const std::string_view id : {"in-server-hello", "in-certificate", "in-retry"}) {
    EXPECT_EQ(describe(meet(tls_1_3, bend_of(id)).reaction), "alert 47 (illegal_parameter)") << id;
  }
}

TEST(BentServer, IsRetriedWhereNothingIsWrong) {
  const auto no_answer = [](const Offer&) -> AlpnAnswer { return std::nullopt; };
  const Outcome seen = meet(tls_1_3, {.answer = no_answer, .misplaced = Misplaced::hello_retry_request});
  EXPECT_EQ(describe(seen.reaction), "goes on");
  EXPECT_FALSE(has_aborted(seen.reaction));
}

}  // namespace

}  // namespace simplon::probe
