// Clients, whatever library the adapter is for: servers of OpenSSL without an adapter, which answer as they are told.
#include "unit/adapters/adapter.hpp"

#include <gmock/gmock.h>

namespace simplon::test {

namespace {

using namespace std::string_literals;
using testing::Optional;

class ClientBehaviour : public testing::TestWithParam<Version> {
 protected:
  /// To a server that answers `answer`, whatever is offered.
  void connect(const std::optional<Names>& offer, const std::optional<std::string>& answer, const Bend& bend = {}) {
    server_.answer = answer;
    client = client_->connect(offer ? std::optional(offer_of(*offer)) : std::nullopt);
    server = server_.accept();
    if (bend)
      run(*client, *server, bend);
    else
      run(*client, *server);
  }

  [[nodiscard]] Answer check_answer() const { return client_->check_answer(*client); }

  void expect_selected(const std::optional<std::string>& protocol) {
    ASSERT_EQ(client->handshake, Handshake::done);
    EXPECT_EQ(client->selected(), protocol);
    const Answer answer = check_answer();
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(text_of(*answer), protocol);
  }

  BareServer server_{GetParam(), std::nullopt};
  std::unique_ptr<AdapterClient> client_ = adapter().make_client(GetParam());
  std::unique_ptr<End> client;
  std::unique_ptr<OpenSslEnd> server;
};

TEST_P(ClientBehaviour, GoesOnWithWhatItOffered) {
  connect(Names{"h2", "http/1.1"}, "http/1.1");
  expect_selected("http/1.1");
  connect(Names{"h2", "http/1.1"}, "h2");
  expect_selected("h2");
}

TEST_P(ClientBehaviour, KnowsThatThereIsNoAnswer) {
  connect(Names{"h2"}, std::nullopt);
  expect_selected(std::nullopt);
  const auto required = require(check_answer());
  ASSERT_FALSE(required);
  EXPECT_EQ(required.error(), WireError::answer_missing);
}

TEST_P(ClientBehaviour, NeedsNoOffer) {
  connect(std::nullopt, "h2");
  expect_selected(std::nullopt);
}

TEST_P(ClientBehaviour, RefusesWhatItDidNotOffer) {
  for (const auto* answer : {"h3", "H2", "http/1.", "http/1.11"}) {
    connect(Names{"h2", "http/1.1"}, answer);
    if (adapter().unoffered_alert) {
      EXPECT_EQ(client->handshake, Handshake::failed) << answer;
      EXPECT_EQ(server->alert(), adapter().unoffered_alert) << answer;
      continue;
    }
    ASSERT_EQ(client->handshake, Handshake::done) << answer;
    const Answer checked = check_answer();
    ASSERT_FALSE(checked) << answer;
    EXPECT_EQ(checked.error(), WireError::answer_not_offered);
  }
}

TEST_P(ClientBehaviour, NegotiatesAnewInAResumption) {
  connect(Names{"h2", "http/1.1"}, "h2");
  expect_selected("h2");
  client_->keep_session(*client);
  connect(Names{"http/1.1"}, "http/1.1");
  expect_selected("http/1.1");
  EXPECT_TRUE(client->resumed());
  connect(Names{"http/1.1"}, std::nullopt);
  expect_selected(std::nullopt);
  connect(std::nullopt, std::nullopt);
  expect_selected(std::nullopt);
}

/// Bytes of TLS 1.2's ServerHello, which is not encrypted. The transcript differs then, so that no handshake comes to
/// its end; what is looked at is what the client says of it, and that it says nothing else.
struct BadAnswer {
  const char* what;
  std::string body;  ///< instead of "http/1.1" alone, of the same size
  int alert;

  friend void PrintTo(const BadAnswer& self, std::ostream* out) { *out << self.what; }
};

class BentAnswer : public testing::TestWithParam<BadAnswer> {};

TEST_P(BentAnswer, EndsTheHandshake) {
  const std::string good = "\0\x10\0\x0b\0\x09\x08http/1.1"s;
  BareServer maker(Version::tls_1_2, "http/1.1");
  const auto client_maker = adapter().make_client(Version::tls_1_2);
  const auto client = client_maker->connect(offer_of({"h2", "http/1.1"}));
  const auto server = maker.accept();
  bool bent = false;
  run(*client, *server, [&](std::string& sent) {
    const auto at = sent.find(good);
    if (at == std::string::npos) return;
    ASSERT_EQ(GetParam().body.size() + 4, good.size());
    sent.replace(at + 4, GetParam().body.size(), GetParam().body);
    bent = true;
  });
  ASSERT_TRUE(bent);
  EXPECT_EQ(client->handshake, Handshake::failed);
  EXPECT_THAT(server->alert(), Optional(GetParam().alert));
}

INSTANTIATE_TEST_SUITE_P(Adapter, ClientBehaviour, testing::ValuesIn(adapter().versions), version_of);
INSTANTIATE_TEST_SUITE_P(Adapter, BentAnswer,
                         testing::Values(BadAnswer{"empty_list", "\0\0\x08http/1.1"s, 50},
                                         BadAnswer{"two_names", "\0\x09\2h2\5http/"s, 50},
                                         BadAnswer{"empty_name", "\0\x09\0http/1.1"s, 50},
                                         BadAnswer{"truncated_name", "\0\x09\x09http/1.1"s, 50},
                                         BadAnswer{"list_too_short", "\0\x08\x08http/1.1"s, 50}),
                         [](const testing::TestParamInfo<BadAnswer>& parameter) { return parameter.param.what; });

}  // namespace

}  // namespace simplon::test
