// What only the OpenSSL adapter has: contexts and connections that are changed and copied.
#include "simplon/adapters/openssl.hpp"

#include "unit/adapters/adapter.hpp"

#include <gmock/gmock.h>

namespace simplon::openssl {

namespace {

using namespace std::string_literals;
using test::Handshake;
using test::OpenSslEnd;
using test::Version;
using testing::Optional;

class OpenSslAdapter : public testing::Test {
 public:
  test::ContextOwner context = test::make_client_context(Version::tls_1_3);
  std::unique_ptr<OpenSslEnd> client;

 protected:
  void connect(const std::optional<std::string>& answer) {
    server_.answer = answer;
    const auto server = server_.accept();
    SSL_set_connect_state(client->native());
    test::run(*client, *server);
    ASSERT_EQ(client->handshake, Handshake::done);
  }

  test::BareServer server_{Version::tls_1_3, std::nullopt};
};

TEST_F(OpenSslAdapter, OffersForEveryClientOfAContext) {
  set_offer(context.get(), test::offer_of({"h2"}));
  client = std::make_unique<OpenSslEnd>(*context);
  connect("h2");
  EXPECT_EQ(test::text_of(check_answer(client->native()).value()), "h2");
  EXPECT_EQ(test::text_of(selected(client->native())), "h2");
}

TEST_F(OpenSslAdapter, OffersForOneClientInstead) {
  set_offer(context.get(), test::offer_of({"h2"}));
  client = std::make_unique<OpenSslEnd>(*context);
  set_offer(client->native(), test::offer_of({"http/1.1"}));
  connect("http/1.1");
  EXPECT_EQ(test::text_of(check_answer(client->native()).value()), "http/1.1");
}

// OpenSSL has not always looked at what was offered; here it was, to OpenSSL alone.
TEST_F(OpenSslAdapter, ChecksWhatOpenSslLetsPass) {
  client = std::make_unique<OpenSslEnd>(*context);
  const std::string names = test::wire_names({"h2", "h3"});
  const auto offer_to_openssl = [&] {
    return SSL_set_alpn_protos(client->native(), reinterpret_cast<const unsigned char*>(names.data()),
                               static_cast<unsigned>(names.size()));
  };
  ASSERT_EQ(offer_to_openssl(), 0);
  connect("h3");
  EXPECT_EQ(check_answer(client->native()).error(), WireError::answer_unasked);

  client = std::make_unique<OpenSslEnd>(*context);
  set_offer(client->native(), test::offer_of({"h2"}));
  ASSERT_EQ(offer_to_openssl(), 0);
  connect("h3");
  EXPECT_EQ(check_answer(client->native()).error(), WireError::answer_not_offered);
}

TEST_F(OpenSslAdapter, CopiesWhatAConnectionOffers) {
  client = std::make_unique<OpenSslEnd>(*context);
  set_offer(client->native(), test::offer_of({"h2"}));
  const test::ConnectionOwner copy(SSL_dup(client->native()));
  ASSERT_NE(copy, nullptr);
  connect("h2");
  EXPECT_EQ(test::text_of(check_answer(client->native()).value()), "h2");
}

TEST(OpenSslServer, GoesByTheContextThatTheServerNameLedTo) {
  const auto first = test::make_server_context(Version::tls_1_2);
  const auto second = test::make_server_context(Version::tls_1_2);
  SSL_CTX_set_tlsext_servername_callback(
      first.get(), +[](SSL* connection, int*, void* other) {
        SSL_set_SSL_CTX(connection, static_cast<SSL_CTX*>(other));
        return SSL_TLSEXT_ERR_OK;
      });
  SSL_CTX_set_tlsext_servername_arg(first.get(), second.get());
  const auto client_context = test::make_client_context(Version::tls_1_2);
  const auto negotiate = [&] {
    test::BareClient client(*client_context, {.offer = {"h2", "http/1.1"}, .server_name = "a.example"});
    OpenSslEnd server(*first);
    SSL_set_accept_state(server.native());
    test::run(client, server);
    return client.selected();
  };
  set_policy(first.get(), test::policy_of({"h2"}));
  set_policy(second.get(), test::policy_of({"http/1.1"}));
  EXPECT_THAT(negotiate(), Optional(std::string("http/1.1")));
  // Its callback comes too late for the ClientHello, and judges all the same.
  set_policies(second.get(), [](std::optional<std::string_view> server_name) {
    return test::policy_of({server_name == "a.example" ? "h2" : "none"});
  });
  EXPECT_THAT(negotiate(), Optional(std::string("h2")));
}

TEST(OpenSslServer, TakesThePolicyThatItWasToldLast) {
  const auto context = test::make_server_context(Version::tls_1_3);
  set_policies(context.get(), [](std::optional<std::string_view>) { return nullptr; });
  set_policy(context.get(), test::policy_of({"http/1.1"}));
  const auto client_context = test::make_client_context(Version::tls_1_3);
  test::BareClient client(*client_context, {.offer = {"h2", "http/1.1"}});
  OpenSslEnd server(*context);
  SSL_set_accept_state(server.native());
  test::run(client, server);
  EXPECT_THAT(client.selected(), Optional(std::string("http/1.1")));
}

// What OpenSSL does by itself: the table of docs/adapters.md.
class OpenSslByItself : public testing::TestWithParam<Version> {
 public:
  test::ContextOwner context = test::make_server_context(GetParam());

 protected:
  /// A client that offers `names`, and the server of `context`.
  std::unique_ptr<test::BareClient> negotiate(const test::Names& names) {
    auto client = std::make_unique<test::BareClient>(*client_context_, test::BareClientOptions{.offer = names});
    OpenSslEnd server(*context);
    SSL_set_accept_state(server.native());
    test::run(*client, server);
    return client;
  }

 private:
  test::ContextOwner client_context_ = test::make_client_context(GetParam());
};

TEST_P(OpenSslByItself, GoesOnWithoutACallback) {
  const auto client = negotiate({"h3"});
  EXPECT_EQ(client->handshake, Handshake::done);
  EXPECT_EQ(client->selected(), std::nullopt);
}

TEST_P(OpenSslByItself, HandsTheClientsOwnFirstNameToACallbackThatDoesNotLookTwice) {
  const auto callback = [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
                           unsigned in_size, void*) {
    static const unsigned char ours[] = "\x02h2";
    unsigned char* found = nullptr;
    SSL_select_next_proto(&found, size, ours, 3, in, in_size);
    *out = found;
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_alpn_select_cb(context.get(), callback, nullptr);
  EXPECT_EQ(negotiate({"h3", "http/1.1"})->selected(), "h3");
}

TEST_P(OpenSslByItself, RefusesListsThatAreNone) {
  for (const std::string& list : {"\0\0"s, "\0\4\2h2\3"s, "\0\4\2h2\0"s}) {
    OpenSslEnd server(*context);
    SSL_set_accept_state(server.native());
    server.incoming = test::hello_with(GetParam(), list);
    server.go_on();
    EXPECT_EQ(server.outgoing.substr(5), "\2\x32");
  }
}

TEST_P(OpenSslByItself, OffersNothingWhereItIsGivenAnEmptyList) {
  const auto client_context = test::make_client_context(GetParam());
  EXPECT_EQ(SSL_CTX_set_alpn_protos(client_context.get(), reinterpret_cast<const unsigned char*>(""), 0), 0);
  OpenSslEnd connection(*client_context);
  SSL_set_connect_state(connection.native());
  const test::BareServer answers(GetParam(), "h2");
  const auto server = answers.accept();
  test::run(connection, *server);
  EXPECT_EQ(connection.handshake, Handshake::done);
  EXPECT_EQ(connection.selected(), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Version, OpenSslByItself, testing::Values(Version::tls_1_2, Version::tls_1_3),
                         test::version_of);

}  // namespace

}  // namespace simplon::openssl
