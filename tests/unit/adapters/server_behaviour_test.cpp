// Servers, whatever library the adapter is for: clients of OpenSSL without an adapter, and hellos made by hand.
#include "unit/adapters/adapter.hpp"

#include <gmock/gmock.h>

namespace simplon::test {

namespace {

using namespace std::string_literals;
using testing::AnyOf;
using testing::ElementsAre;
using testing::Optional;

class ServerBehaviour : public testing::TestWithParam<Version> {
 protected:
  /// A server that the adapter is able to make.
  void serve(ServerSettings settings) {
    settings.version = GetParam();
    auto made = adapter().make_server(settings);
    ASSERT_TRUE(made) << made.error();
    server_ = std::move(*made);
  }

  void connect(const BareClientOptions& options) {
    client = std::make_unique<BareClient>(*context_, options);
    end = server_->accept();
    run(*client, *end);
  }

  /// The handshake is over on both sides, and both say that `protocol` was selected.
  void expect_selected(const std::optional<std::string>& protocol) {
    EXPECT_EQ(client->handshake, Handshake::done);
    EXPECT_EQ(end->handshake, Handshake::done);
    EXPECT_EQ(client->selected(), protocol);
    EXPECT_EQ(end->selected(), protocol);
  }

  void expect_alert(Alert alert) {
    EXPECT_EQ(client->handshake, Handshake::failed);
    EXPECT_EQ(end->handshake, Handshake::failed);
    EXPECT_THAT(client->alert(), Optional(static_cast<int>(alert)));
  }

  std::unique_ptr<AdapterServer> server_;
  ContextOwner context_ = make_client_context(GetParam());
  std::unique_ptr<BareClient> client;
  std::unique_ptr<End> end;
};

TEST_P(ServerBehaviour, SelectsWhatItPrefers) {
  serve({.policy = policy_of({"h2", "http/1.1"})});
  connect({.offer = {"http/1.1", "h3", "h2"}});
  expect_selected("h2");
  connect({.offer = {"http/1.1"}});
  expect_selected("http/1.1");
}

TEST_P(ServerBehaviour, SelectsWhatTheClientPrefers) {
  if (!adapter().has_every_policy) {
    EXPECT_FALSE(adapter().make_server({.policy = policy_of({"h2"}, Mismatch::reject, Order::client)}));
    return;
  }
  serve({.policy = policy_of({"h2", "http/1.1"}, Mismatch::reject, Order::client)});
  connect({.offer = {"h3", "http/1.1", "h2"}});
  expect_selected("http/1.1");
}

TEST_P(ServerBehaviour, KnowsNamesByTheirBytes) {
  const std::string longest(adapter().max_name, 'x');
  serve({.policy = policy_of({longest, "H2"})});
  connect({.offer = {"h2", longest}});
  expect_selected(longest);
  connect({.offer = {"h2", longest.substr(1)}});
  expect_alert(Alert::no_application_protocol);
  if (longest.size() < 255) {
    EXPECT_FALSE(adapter().make_server({.version = GetParam(), .policy = policy_of({"h2", longest + 'x'})}));
  }
  if (!adapter().has_every_policy) {
    EXPECT_FALSE(adapter().make_server({.policy = policy_of({"a\0b"s})}));
    return;
  }
  serve({.policy = policy_of({"a\0b"s, "a"})});
  connect({.offer = {"a", "a\0b"s}});
  expect_selected("a\0b"s);
}

TEST_P(ServerBehaviour, GoesOnWithAClientWithoutAlpn) {
  serve({.policy = policy_of({"h2"})});
  connect({});
  expect_selected(std::nullopt);
}

TEST_P(ServerBehaviour, RejectsAMismatch) {
  serve({.policy = policy_of({"h2"})});
  connect({.offer = {"http/1.1", "\x0a\x0a"}});
  expect_alert(Alert::no_application_protocol);
}

TEST_P(ServerBehaviour, IgnoresAMismatchWhereItIsToldTo) {
  if (!adapter().has_every_policy) {
    EXPECT_FALSE(adapter().make_server({.policy = policy_of({"h2"}, Mismatch::ignore)}));
    return;
  }
  serve({.policy = policy_of({"h2"}, Mismatch::ignore)});
  connect({.offer = {"http/1.1"}});
  expect_selected(std::nullopt);
  connect({.offer = {"h2"}});
  expect_selected("h2");
}

TEST_P(ServerBehaviour, ReportsAMismatchWhereItIsToldTo) {
  if (!adapter().has_every_policy) {
    EXPECT_FALSE(adapter().make_server({.policy = policy_of({"h2"}, Mismatch::report)}));
    return;
  }
  std::vector<Names> reports;
  serve({.policy = policy_of({"h2"}, Mismatch::report),
         .on_report = [&](const Names& names) { reports.push_back(names); }});
  connect({.offer = {"h2"}});
  expect_selected("h2");
  EXPECT_TRUE(reports.empty());
  connect({.offer = {"http/1.1", "h3"}});
  expect_selected(std::nullopt);
  EXPECT_THAT(reports, ElementsAre(Names{"http/1.1", "h3"}));
}

TEST_P(ServerBehaviour, IsAskedOnceByAClientThatHasToSayHelloTwice) {
  // The key share is of a group that the server does not know, so that TLS 1.3 has it say hello anew (RFC 8446 §4.1.4).
  const auto groups = "P-384:P-256"s;
  serve({.policy = policy_of({"h2"})});
  connect({.offer = {"http/1.1", "h2"}, .groups = groups});
  expect_selected("h2");
  if (!adapter().has_every_policy) return;
  int reports = 0;
  serve({.policy = policy_of({"h2"}, Mismatch::report), .on_report = [&](const Names&) { ++reports; }});
  connect({.offer = {"http/1.1"}, .groups = groups});
  expect_selected(std::nullopt);
  EXPECT_EQ(reports, 1);
}

std::shared_ptr<const Policy> choose(std::optional<std::string_view> server_name) {
  if (server_name == "a.example") return policy_of({"h2"});
  if (server_name == "b.example") return policy_of({"http/1.1"}, Mismatch::ignore);
  return nullptr;
}

TEST_P(ServerBehaviour, HasAPolicyForEachServerName) {
  if (!adapter().has_every_policy) {
    EXPECT_FALSE(adapter().make_server({.chooser = choose}));
    return;
  }
  serve({.chooser = choose});
  const Names both{"http/1.1", "h2"};
  connect({.offer = both, .server_name = "a.example"});
  expect_selected("h2");
  connect({.offer = both, .server_name = "B.Example"});
  expect_selected("http/1.1");
  connect({.offer = {"http/1.1"}, .server_name = "a.example"});
  expect_alert(Alert::no_application_protocol);
  connect({.offer = {"h2"}, .server_name = "b.example"});
  expect_selected(std::nullopt);
  connect({.server_name = "a.example"});
  expect_selected(std::nullopt);
}

TEST_P(ServerBehaviour, RefusesNamesWithoutAPolicy) {
  if (!adapter().has_every_policy) return;  // it has no choosers
  serve({.chooser = choose});
  connect({.offer = {"h2"}, .server_name = "c.example"});
  expect_alert(Alert::unrecognized_name);  // RFC 6066 §3
  for (const BareClientOptions& options : {BareClientOptions{.offer = {"h2"}}, BareClientOptions{}}) {
    connect(options);
    // RFC 8446 §9.2 has missing_extension, TLS 1.2 doesn't, nor do libraries that don't know the version yet.
    EXPECT_EQ(end->handshake, Handshake::failed);
    EXPECT_THAT(client->alert(), Optional(AnyOf(109, 40)));
  }
}

TEST_P(ServerBehaviour, SelectsAnewInAResumption) {
  serve({.policy = policy_of({"h2", "http/1.1"})});
  connect({.offer = {"h2", "http/1.1"}});
  expect_selected("h2");
  const SessionOwner session = client->session();
  // RFC 7301 §3.1: the list of a resumption is another one, and the session's protocol has no say.
  connect({.offer = {"http/1.1"}, .session = session.get()});
  expect_selected("http/1.1");
  EXPECT_TRUE(client->resumed());
  connect({.session = session.get()});
  expect_selected(std::nullopt);
  EXPECT_TRUE(client->resumed());
  connect({.offer = {"h3"}, .session = session.get()});
  expect_alert(Alert::no_application_protocol);
}

TEST_P(ServerBehaviour, TakesTheNameOfTheHelloInAResumption) {
  if (!adapter().has_every_policy) return;  // it has no choosers
  serve({.chooser = choose});
  const Names both{"http/1.1", "h2"};
  connect({.offer = both, .server_name = "a.example"});
  expect_selected("h2");
  const SessionOwner session = client->session();
  connect({.offer = both, .server_name = "b.example", .session = session.get()});
  expect_selected("http/1.1");
}

struct BadList {
  const char* what;
  std::string body;  ///< of the extension

  friend void PrintTo(const BadList& self, std::ostream* out) { *out << self.what; }
};

class BadOffer : public testing::TestWithParam<BadList> {};

// RFC 7301 §3.1, RFC 8446 §6.2: a list that can't be parsed is a decode_error. A name of no bytes is by the latter's
// words a value that isn't allowed as well.
TEST_P(BadOffer, IsADecodeError) {
  for (const Version version : adapter().versions) {
    ServerSettings settings{.version = version, .policy = policy_of({"h2"})};
    auto server = adapter().make_server(settings);
    ASSERT_TRUE(server) << server.error();
    const auto end = (*server)->accept();
    end->incoming = hello_with(version, GetParam().body);
    end->go_on();
    EXPECT_EQ(end->handshake, Handshake::failed);
    const Alert alert = GetParam().what == "empty_name"s ? adapter().empty_name_alert : Alert::decode_error;
    ASSERT_EQ(end->outgoing.size(), 7U);
    EXPECT_EQ(end->outgoing.front(), '\x15');
    EXPECT_EQ(end->outgoing.substr(3), "\0\2\2"s + static_cast<char>(alert));
  }
}

INSTANTIATE_TEST_SUITE_P(Adapter, ServerBehaviour, testing::ValuesIn(adapter().versions), version_of);
INSTANTIATE_TEST_SUITE_P(Adapter, BadOffer,
                         testing::Values(BadList{"no_body", ""}, BadList{"empty_list", "\0\0"s},
                                         BadList{"empty_name", "\0\4\2h2\0"s}, BadList{"only_an_empty_name", "\0\1\0"s},
                                         BadList{"truncated_name", "\0\4\2h2\3"s},
                                         BadList{"list_shorter_than_body", "\0\3\2h2\2h3"s},
                                         BadList{"list_longer_than_body", "\0\7\2h2"s}),
                         [](const testing::TestParamInfo<BadList>& parameter) { return parameter.param.what; });

}  // namespace

}  // namespace simplon::test
