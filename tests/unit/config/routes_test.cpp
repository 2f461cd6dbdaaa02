// [[route]], apart from its `alpn`.
#include "loading.hpp"

namespace simplon::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

Config valid(Loaded loaded) {
  EXPECT_THAT(problems_of(loaded), ElementsAre("fine"));
  return std::move(loaded).value();
}

Config with_route(std::string_view keys) { return valid(load_routes("[[route]]\n" + std::string(keys))); }

TEST(Route, IsNumberedInFileOrder) {
  const Config config = valid(load_routes("[[route]]\npass = \"a:1\"\n[[route]]\nreject = true\n"));
  ASSERT_EQ(config.routes.size(), 2U);
  EXPECT_EQ(config.routes[0].number, 1U);
  EXPECT_EQ(config.routes[1].number, 2U);
  EXPECT_EQ(name_of(config.routes[0].action), "pass");
  EXPECT_EQ(name_of(config.routes[1].action), "reject");
  EXPECT_EQ(to_text(config.routes[1].position), "/etc/simplon/simplon.toml:9:1");
}

TEST(Route, Passes) {
  const Config config = with_route("pass = [\"backend:1\", \"[2001:DB8::1]:2\", \"unix:run/x.sock\"]\n");
  const auto& backends = std::get<Pass>(config.routes[0].action).backends;
  ASSERT_EQ(backends.size(), 3U);
  EXPECT_EQ(std::get<HostPort>(backends[0].address), (HostPort{.host = "backend", .port = 1}));
  EXPECT_EQ(std::get<HostPort>(backends[1].address), (HostPort{.host = "2001:db8::1", .port = 2}));
  EXPECT_EQ(std::get<UnixSocket>(backends[2].address).path, "/etc/simplon/run/x.sock");
  EXPECT_EQ(backends[2].text, "unix:run/x.sock");
  EXPECT_EQ(config.table.routes()[0].role, route::Role::delegate);
}

TEST(Route, TerminatesToTcp) {
  const Config config = with_route("tcp = \"127.0.0.1:1883\"\nalpn = \"mqtt\"\n");
  ASSERT_EQ(std::get<Tcp>(config.routes[0].action).backends.size(), 1U);
  EXPECT_EQ(std::get<Tcp>(config.routes[0].action).backends[0].text, "127.0.0.1:1883");
  EXPECT_EQ(config.table.routes()[0].role, route::Role::select);
}

TEST(Route, TerminatesToTls) {
  const Config config = with_route("tls = \"db.example:5432\"\nalpn = \"postgresql\"\n");
  const auto& tls = std::get<Tls>(config.routes[0].action);
  ASSERT_EQ(tls.backends.size(), 1U);
  EXPECT_TRUE(tls.verify);
  EXPECT_FALSE(tls.mirror);
  EXPECT_TRUE(tls.authorities.empty());
  EXPECT_EQ(tls.server_name, std::nullopt);
  EXPECT_FALSE(tls.certificate.has_value());
  EXPECT_EQ(name_of(config.routes[0].action), "tls");
  EXPECT_TRUE(terminates(config.routes[0].action));
  EXPECT_EQ(config.table.routes()[0].role, route::Role::select);
}

TEST(Route, SaysHowBackendsAreSpokenToOverTls) {
  const Config config = with_route(
      "tls = [\"a:1\", \"unix:b.sock\"]\nmirror = true\nca = \"ca.pem\"\nserver_name = \"DB.Example.\"\n"
      "chain = \"ours.pem\"\nkey = \"ours.key\"\n");
  const auto& tls = std::get<Tls>(config.routes[0].action);
  EXPECT_TRUE(tls.mirror);
  EXPECT_EQ(tls.authorities, "/etc/simplon/ca.pem");
  EXPECT_EQ(tls.server_name, "db.example");
  ASSERT_TRUE(tls.certificate.has_value());
  EXPECT_EQ(tls.certificate->chain, "/etc/simplon/ours.pem");
  EXPECT_EQ(tls.certificate->key, "/etc/simplon/ours.key");
  EXPECT_EQ(config.table.routes()[0].role, route::Role::mirror);
}

TEST(Route, AnswersChallengesWithoutACertificate) {
  const Config config = valid(load("[[listen]]\naddress = \":443\"\n[[route]]\nacme_dir = \"challenges\"\n"));
  EXPECT_EQ(std::get<Acme>(config.routes[0].action).folder, "/etc/simplon/challenges");
  EXPECT_EQ(name_of(config.routes[0].action), "acme_dir");
  EXPECT_TRUE(terminates(config.routes[0].action));
  EXPECT_EQ(config.table.routes()[0].match.kind, route::MatchKind::only);
}

TEST(Route, TerminatesToHttp1) {
  const Config config = with_route("http = [\"http://127.0.0.1:3000\", \"http://app/\", \"http://unix:app.sock\"]\n");
  const auto& http = std::get<Http>(config.routes[0].action);
  EXPECT_FALSE(http.h2c);
  ASSERT_EQ(http.backends.size(), 3U);
  EXPECT_EQ(std::get<HostPort>(http.backends[0].address), (HostPort{.host = "127.0.0.1", .port = 3000}));
  EXPECT_EQ(http.backends[0].text, "http://127.0.0.1:3000");
  EXPECT_EQ(std::get<HostPort>(http.backends[1].address), (HostPort{.host = "app", .port = 80}));
  EXPECT_EQ(http.backends[1].text, "http://app/");
  EXPECT_EQ(std::get<UnixSocket>(http.backends[2].address).path, "/etc/simplon/app.sock");
  EXPECT_EQ(name_of(config.routes[0].action), "http");
  EXPECT_TRUE(terminates(config.routes[0].action));
  EXPECT_EQ(config.table.routes()[0].role, route::Role::select);
}

TEST(Route, TerminatesToHttp2) {
  const Config config = with_route("http = [\"h2c://[::1]:50051\", \"h2c://unix:/run/app.sock\"]\n");
  const auto& http = std::get<Http>(config.routes[0].action);
  EXPECT_TRUE(http.h2c);
  ASSERT_EQ(http.backends.size(), 2U);
  EXPECT_EQ(std::get<HostPort>(http.backends[0].address), (HostPort{.host = "::1", .port = 50051}));
}

TEST(Route, Inspects) {
  const Config config = with_route("inspect = true\n");
  EXPECT_TRUE(std::holds_alternative<Inspect>(config.routes[0].action));
  EXPECT_EQ(config.table.routes()[0].role, route::Role::select);
}

TEST(Route, Rejects) {
  const Config config = with_route("reject = true\n");
  EXPECT_TRUE(std::holds_alternative<Reject>(config.routes[0].action));
  EXPECT_EQ(config.table.routes()[0].role, route::Role::reject);
}

TEST(Route, ReadsAServerName) {
  EXPECT_THAT(with_route("reject = true\nsni = \"App.Example.COM.\"\n").table.routes()[0].server_names,
              ElementsAre("app.example.com"));
}

TEST(Route, ReadsServerNames) {
  EXPECT_THAT(with_route("reject = true\nsni = [\"*.example.com\", \"xn--bcher-kva.example\", \"*\"]\n")
                  .table.routes()[0]
                  .server_names,
              ElementsAre("*.example.com", "xn--bcher-kva.example", "*"));
}

TEST(Route, TakesAnyServerNameByDefault) {
  EXPECT_THAT(with_route("reject = true\n").table.routes()[0].server_names, IsEmpty());
}

TEST(Route, ReadsListeners) {
  const std::string_view more =
      "[[listen]]\nname = \"b\"\naddress = \":2\"\n[[listen]]\nname = \"c\"\naddress = \":3\"\n";
  EXPECT_THAT(with_route("reject = true\nlisten = \"c\"\n" + std::string(more)).table.routes()[0].listeners,
              ElementsAre(2U));
  EXPECT_THAT(
      with_route("reject = true\nlisten = [\"b\", \"public\"]\n" + std::string(more)).table.routes()[0].listeners,
      ElementsAre(1U, 0U));
  EXPECT_THAT(with_route("reject = true\n" + std::string(more)).table.routes()[0].listeners, IsEmpty());
}

// No route holds where redirects alone are answered.
TEST(Route, IsOnNoListenerThatRedirects) {
  const Config config = with_route(
      "reject = true\n[[listen]]\nname = \"plain\"\naddress = \":80\"\nredirect = true\n"
      "[[listen]]\nname = \"c\"\naddress = \":3\"\n[[route]]\nsni = \"a\"\npass = \"h:1\"\nlisten = \"c\"\n");
  EXPECT_THAT(config.table.routes()[0].listeners, ElementsAre(0U, 2U));
  EXPECT_THAT(config.table.routes()[1].listeners, ElementsAre(2U));
}

TEST(Route, CannotNameAListenerThatRedirects) {
  expect_problem(load_routes("[[route]]\nreject = true\nlisten = [\"public\", \"plain\"]\n"
                             "[[listen]]\nname = \"plain\"\naddress = \":80\"\nredirect = true\n"),
                 "9:21", "the listener \"plain\" answers redirects only, so no route holds there");
}

TEST(Route, ReadsMinTls) {
  const Config config = with_route("pass = \"h:1\"\nmin_tls = \"1.3\"\n");
  EXPECT_EQ(config.routes[0].min_tls, route::TlsVersion::tls_1_3);
  EXPECT_EQ(config.table.routes()[0].min_tls, route::TlsVersion::tls_1_3);
}

TEST(Route, DemandsNoTlsVersionWhereOthersTerminate) {
  EXPECT_EQ(with_route("pass = \"h:1\"\n").routes[0].min_tls, route::TlsVersion::none);
  EXPECT_EQ(with_route("reject = true\n").routes[0].min_tls, route::TlsVersion::none);
}

TEST(Route, DemandsTheMinVersionWhereItTerminates) {
  EXPECT_EQ(with_route("inspect = true\n").routes[0].min_tls, route::TlsVersion::tls_1_2);
  EXPECT_EQ(with_route("http = \"http://a\"\n").routes[0].min_tls, route::TlsVersion::tls_1_2);
  const Config config = with_route("inspect = true\n[tls]\nmin_version = \"1.3\"\n");
  EXPECT_EQ(config.routes[0].min_tls, route::TlsVersion::tls_1_3);
  EXPECT_EQ(config.table.routes()[0].min_tls, route::TlsVersion::tls_1_3);
}

TEST(Route, CannotDemandLessThanTheMinVersion) {
  EXPECT_EQ(with_route("inspect = true\nmin_tls = \"1.2\"\n[tls]\nmin_version = \"1.3\"\n").routes[0].min_tls,
            route::TlsVersion::tls_1_3);
}

TEST(Route, SendsAProxyHeader) {
  EXPECT_FALSE(with_route("pass = \"a:1\"\n").routes[0].send_proxy);
  EXPECT_EQ(with_route("pass = \"a:1\"\nsend_proxy = \"v1\"\n").routes[0].send_proxy, ProxyVersion::v1);
  EXPECT_EQ(with_route("tcp = \"a:1\"\nsend_proxy = \"v2\"\n").routes[0].send_proxy, ProxyVersion::v2);
}

struct Wrong {
  std::string_view keys;  ///< from line 8 on
  std::string_view at;
  std::string_view says;
};

class WrongRoute : public testing::TestWithParam<Wrong> {};

TEST_P(WrongRoute, IsReportedWhereItStands) {
  expect_problem(load_routes("[[route]]\n" + std::string(GetParam().keys)), GetParam().at, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Actions, WrongRoute,
    testing::Values(Wrong{"sni = \"a\"\n", "7:1", "a route needs one action"},
                    Wrong{"tcp = \"a:1\"\npass = \"b:1\"\nalpn = \"x\"\n", "9:1",
                          "a route has one action, and `tcp` is one already"},
                    Wrong{"inspect = false\n", "8:11", "`inspect` must be true, or be left out"},
                    Wrong{"reject = 1\n", "8:10", "`reject` must be true or false, not an integer"},
                    Wrong{"pass = \"h\"\n", "8:8", "\"h\" lacks a port"},
                    Wrong{"pass = \":1\"\n", "8:8", "\":1\" lacks a host"},
                    Wrong{"pass = [\"a:1\", \"b:0\"]\n", "8:16", "\"b:0\" has port 0"},
                    Wrong{"tcp = [\"a:1\", \"a:1\"]\nalpn = \"x\"\n", "8:15", "backend \"a:1\" is listed twice"},
                    Wrong{"pass = [\"[::1]:1\", \"[0::1]:1\"]\n", "8:20", "backend \"[0::1]:1\" is listed twice"},
                    Wrong{"pass = []\n", "8:8", "`pass` must not be an empty list"},
                    Wrong{"pas = \"a:1\"\nreject = true\n", "8:1",
                          "unknown key \"pas\" in `route`; did you mean \"pass\"?"}));

INSTANTIATE_TEST_SUITE_P(
    Urls, WrongRoute,
    testing::Values(
        Wrong{"http = \"127.0.0.1:3000\"\n", "8:8", "is no URL of a backend"},
        Wrong{"http = \"http://127.0.0.1:3000/app\"\n", "8:8", "more than a host and a port"},
        Wrong{"http = [\"http://a\", \"https://b\"]\n", "8:21", "asks for TLS to the backend"},
        Wrong{"http = [\"http://a\", \"http://a:80/\"]\n", "8:21", "backend \"http://a:80/\" is listed twice"},
        Wrong{"http = [\"http://a\", \"http://b\", \"h2c://c\"]\n", "8:33",
              "\"h2c://c\" speaks another HTTP than the backends before it"},
        Wrong{"http = [\"h2c://a\", \"http://a\"]\n", "8:20", "http:// URLs or h2c:// URLs, not both"},
        Wrong{"http = []\n", "8:8", "`http` must not be an empty list"},
        Wrong{"http = true\n", "8:8", "`http` must be a string or a list of strings, not a boolean"},
        Wrong{"http = \"http://a\"\ninspect = true\n", "9:1", "a route has one action, and `http` is one already"},
        Wrong{"http = \"http://a\"\nmirror = true\n", "9:1", "`mirror` goes with `tls` only"},
        Wrong{
            "http = \"http://a\"\nsend_proxy = \"v2\"\n", "9:1",
            "`send_proxy` does not go with `http`, whose connections to backends carry the requests of many clients"}));

INSTANTIATE_TEST_SUITE_P(
    Modifiers, WrongRoute,
    testing::Values(Wrong{"acme_dir = 1\n", "8:12", "`acme_dir` must be a string"},
                    Wrong{"pass = \"a:1\"\nsend_proxy = \"v3\"\n", "9:14", "`send_proxy` must be \"v1\" or \"v2\""},
                    Wrong{"pass = \"a:1\"\nmirror = true\n", "9:1", "`mirror` goes with `tls` only"},
                    Wrong{"pass = \"a:1\"\nverify = true\n", "9:1", "`verify` goes with `tls` only"},
                    Wrong{"pass = \"a:1\"\nca = \"ca.pem\"\n", "9:1", "`ca` goes with `tls` only"},
                    Wrong{"reject = true\nsend_proxy = \"v1\"\n", "9:1",
                          "`send_proxy` goes with `pass`, `tcp` and `tls` only"}));

INSTANTIATE_TEST_SUITE_P(
    Acme, WrongRoute,
    testing::Values(Wrong{"acme_dir = \"d\"\nalpn = \"h2\"\n", "9:8", "answers acme-tls/1 and nothing else"},
                    Wrong{"acme_dir = \"d\"\nalpn = [\"acme-tls/1\", \"none\"]\n", "9:8", "leave `alpn` out"}));

INSTANTIATE_TEST_SUITE_P(
    Tls, WrongRoute,
    testing::Values(Wrong{"tls = \"a\"\n", "8:7", "lacks a port"},
                    Wrong{"tls = \"a:1\"\nmirror = 1\n", "9:10", "`mirror` must be true or false"},
                    Wrong{"tls = \"a:1\"\nverify = false\nca = \"ca.pem\"\n", "10:1",
                          "`ca` has no use with `verify = false`"},
                    Wrong{"tls = \"a:1\"\nserver_name = \"*.example\"\n", "9:15", "is a pattern"},
                    Wrong{"tls = \"a:1\"\nserver_name = \"192.0.2.1\"\n", "9:15", "IP address"},
                    Wrong{"tls = \"a:1\"\nchain = \"c.pem\"\n", "9:1", "needs `chain` and `key`"},
                    Wrong{"tls = \"a:1\"\nkey = \"k.pem\"\n", "9:1", "needs `chain` and `key`"},
                    Wrong{"tls = \"a:1\"\nmirror = true\nalpn = \"h2c\"\n", "10:8", "never selected inside TLS"},
                    Wrong{"tcp = \"a:1\"\nserver_name = \"a\"\n", "9:1", "`server_name` goes with `tls` only"},
                    Wrong{"pass = \"a:1\"\nchain = \"a\"\n", "9:1", "`chain` goes with `tls` only"}));

INSTANTIATE_TEST_SUITE_P(
    ServerNames, WrongRoute,
    testing::Values(
        // RFC 6066 §3: clients send A-labels, and no addresses.
        Wrong{"reject = true\nsni = \"b\u00fccher.example\"\n", "9:7", "is not ASCII: clients send A-labels"},
        Wrong{"reject = true\nsni = [\"a\", \"192.0.2.1\"]\n", "9:13", "never send an IP address"},
        Wrong{"reject = true\nsni = \"[::1]\"\n", "9:7", "never send an IP address"},
        Wrong{"reject = true\nsni = \"a.example:443\"\n", "9:7", "never send an IP address or a port"},
        Wrong{"reject = true\nsni = \"www.*.example\"\n", "9:7", "\"*\" that is not its whole first label"},
        Wrong{"reject = true\nsni = \"w*.example\"\n", "9:7", "\"*\" that is not its whole first label"},
        Wrong{"reject = true\nsni = \"*.*.example\"\n", "9:7", "\"*\" that is not its whole first label"},
        Wrong{"reject = true\nsni = \"a..example\"\n", "9:7", "is no server name"},
        Wrong{"reject = true\nsni = \"a example\"\n", "9:7", "is no server name"},
        Wrong{"reject = true\nsni = \"a..\"\n", "9:7", "is no server name"},
        Wrong{"reject = true\nsni = [\"a\", \"A.\"]\n", "9:13", "\"a\" is listed twice"},
        Wrong{"reject = true\nsni = []\n", "9:7", "`sni` must not be an empty list"},
        Wrong{"reject = true\nsni = \"\"\n", "9:7", "`sni` must not be empty"}));

INSTANTIATE_TEST_SUITE_P(
    Others, WrongRoute,
    testing::Values(Wrong{"reject = true\nlisten = \"publik\"\n", "9:10",
                          "no listener has the name \"publik\"; did you mean \"public\"?"},
                    Wrong{"reject = true\nlisten = [\"public\", \"public\"]\n", "9:21", "\"public\" is listed twice"},
                    Wrong{"reject = true\nmin_tls = \"1.1\"\n", "9:11", "`min_tls` must be \"1.2\" or \"1.3\""},
                    Wrong{"reject = true\nmin_tls = 1.3\n", "9:11", "`min_tls` must be a string"}));

TEST(Route, NeedsACertificateWhereItTerminates) {
  const std::string listener = "[[listen]]\naddress = \":443\"\n";
  expect_problem(load(listener + "[[route]]\ninspect = true\n"), "3:1", "`inspect` terminates TLS");
  expect_problem(load(listener + "[[route]]\ntcp = \"a:1\"\nalpn = \"x\"\n"), "3:1", "`tcp` terminates TLS");
  expect_problem(load(listener + "[[route]]\nhttp = \"http://a\"\n"), "3:1", "`http` terminates TLS");
  expect_problem(load(listener + "[[route]]\ntls = \"a:1\"\nalpn = \"x\"\n"), "3:1", "`tls` terminates TLS");
}

TEST(Route, NeedsNoCertificateWhereItDoesNot) {
  valid(load("[[listen]]\naddress = \":443\"\n[[route]]\nsni = \"a\"\npass = \"a:1\"\n[[route]]\nreject = true\n"));
}

TEST(Route, HasNoTlsPolicyByDefault) { EXPECT_EQ(with_route("inspect = true\n").routes[0].policy, TlsPolicy{}); }

TEST(Route, ReadsATlsPolicy) {
  const Config config = with_route(
      "tcp = \"a:1\"\nclient_ca = \"clients.pem\"\ngroups = [\"secp384r1\", \"X25519\"]\n"
      "ciphers = [\"TLS_AES_256_GCM_SHA384\", \"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\"]\n");
  const TlsPolicy& policy = config.routes[0].policy;
  EXPECT_EQ(policy.client_authorities, "/etc/simplon/clients.pem");
  EXPECT_THAT(policy.groups, ElementsAre("P-384", "X25519"));
  EXPECT_THAT(policy.ciphers, ElementsAre("TLS_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"));
  EXPECT_EQ(config.routes[0].min_tls, route::TlsVersion::tls_1_2);
}

// So a client of TLS 1.2 gets the next route rather than a failed handshake.
TEST(Route, DemandsTls13WhereItsSuitesDo) {
  EXPECT_EQ(with_route("inspect = true\nciphers = \"TLS_AES_256_GCM_SHA384\"\n").table.routes()[0].min_tls,
            route::TlsVersion::tls_1_3);
}

TEST(Route, RefusesSuitesThatItsVersionCannotUse) {
  expect_problem(load_routes("[[route]]\ninspect = true\nmin_tls = \"1.3\"\nciphers = "
                             "\"ECDHE-RSA-AES128-GCM-SHA256\"\n"),
                 "10:11", "none of these suites is for it");
}

TEST(Route, RefusesSuitesThatAreNotOfToday) {
  expect_problem(load_routes("[[route]]\ninspect = true\nciphers = [\"AES128-SHA\"]\n"), "9:12",
                 "\"AES128-SHA\" is none of the cipher suites that a route can have");
  expect_problem(load_routes("[[route]]\ninspect = true\nciphers = [\"ECDHE-RSA-AES128-GCM-SHA265\"]\n"), "9:12",
                 "did you mean \"ECDHE-RSA-AES128-GCM-SHA256\"?");
}

TEST(Route, RefusesAGroupThatNobodyKnows) {
  expect_problem(load_routes("[[route]]\ninspect = true\ngroups = \"P-257\"\n"), "9:10", "did you mean \"P-256\"?");
}

TEST(Route, RefusesASuiteListedTwice) {
  expect_problem(load_routes("[[route]]\ninspect = true\nciphers = [\"ECDHE-RSA-AES128-GCM-SHA256\", "
                             "\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]\n"),
                 "9:43", "is listed twice");
}

TEST(Route, HasATlsPolicyOnlyWhereTlsEnds) {
  for (const char* const key :
       {"ciphers = \"TLS_AES_256_GCM_SHA384\"", "groups = \"X25519\"", "client_ca = \"a.pem\""}) {
    for (const char* const action : {"pass = \"a:1\"", "reject = true", "acme_dir = \"a\""}) {
      expect_problem(load_routes("[[route]]\n" + std::string(action) + "\n" + key + "\n"), "9:1",
                     "goes with `tcp`, `tls`, `http` and `inspect` only");
    }
  }
}

}  // namespace
}  // namespace simplon::config
