// [server], [limits], [tls]: every key is read, and has the documented default.
#include "loading.hpp"

namespace simplon::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Config settings(std::string_view text) {
  auto loaded = load_settings(text);
  EXPECT_THAT(problems_of(loaded), testing::ElementsAre("fine"));
  return std::move(loaded).value();
}

TEST(Server, HasDefaults) {
  const Config config = settings("");
  EXPECT_EQ(config.server.workers, std::nullopt);
  EXPECT_EQ(config.server.user, std::nullopt);
  EXPECT_EQ(config.server.log, LogTarget::standard_error);
  EXPECT_EQ(config.server.log_format, LogFormat::json);
}

TEST(Server, ReadsWorkers) { EXPECT_EQ(settings("[server]\nworkers = 3\n").server.workers, 3U); }

TEST(Server, TakesNoWorkersAsOnePerCpu) { EXPECT_EQ(settings("[server]\nworkers = 0\n").server.workers, std::nullopt); }

TEST(Server, ReadsUser) { EXPECT_EQ(settings("[server]\nuser = \"simplon\"\n").server.user, "simplon"); }

TEST(Server, ReadsGroup) {
  const Config config = settings("[server]\nuser = \"simplon\"\ngroup = \"ssl-cert\"\n");
  EXPECT_EQ(config.server.group, "ssl-cert");
  EXPECT_EQ(settings("").server.group, std::nullopt);
}

TEST(Server, WantsAUserWithItsGroup) {
  EXPECT_THAT(problems_of(load_settings("[server]\ngroup = \"ssl-cert\"\n")),
              testing::ElementsAre(testing::HasSubstr("`group` goes with `user`")));
}

TEST(Server, LogsToStandardError) {
  EXPECT_EQ(settings("[server]\nlog = \"stderr\"\n").server.log, LogTarget::standard_error);
}

TEST(Server, LogsNowhere) { EXPECT_EQ(settings("[server]\nlog = \"off\"\n").server.log, LogTarget::off); }

TEST(Server, LogsToAFileBesideTheConfiguration) {
  const Config config = settings("[server]\nlog = \"log/simplon.json\"\n");
  EXPECT_EQ(config.server.log, LogTarget::file);
  EXPECT_EQ(config.server.log_file, "/etc/simplon/log/simplon.json");
}

TEST(Server, ReadsLogFormat) {
  EXPECT_EQ(settings("[server]\nlog_format = \"text\"\n").server.log_format, LogFormat::text);
  EXPECT_EQ(settings("[server]\nlog_format = \"json\"\n").server.log_format, LogFormat::json);
}

TEST(Limits, HasDefaults) {
  const Limits limits = settings("").limits;
  EXPECT_EQ(limits.connections, 100'000U);
  EXPECT_EQ(limits.connections_per_client, std::nullopt);
  EXPECT_EQ(limits.hello_timeout, seconds(5));
  EXPECT_EQ(limits.handshake_timeout, seconds(10));
  EXPECT_EQ(limits.connect_timeout, seconds(5));
  EXPECT_EQ(limits.idle_timeout, minutes(5));
  EXPECT_EQ(limits.drain_timeout, seconds(30));
  EXPECT_EQ(limits.hello_bytes, 65'536U);
  EXPECT_EQ(limits.header_bytes, 32'768U);
  EXPECT_EQ(limits.streams, 100U);
  EXPECT_EQ(limits.resets_per_minute, 200U);
  EXPECT_EQ(limits.request_timeout, seconds(30));
  EXPECT_EQ(limits.response_timeout, seconds(60));
  EXPECT_EQ(limits.backend_idle_timeout, seconds(60));
  EXPECT_EQ(limits.backend_idle_connections, 256U);
}

TEST(Limits, ReadsConnections) { EXPECT_EQ(settings("[limits]\nconnections = 7\n").limits.connections, 7U); }

TEST(Limits, ReadsConnectionsPerClient) {
  EXPECT_EQ(settings("[limits]\nconnections_per_client = 7\n").limits.connections_per_client, 7U);
}

TEST(Limits, TakesNoConnectionsPerClientAsNoLimit) {
  EXPECT_EQ(settings("[limits]\nconnections_per_client = 0\n").limits.connections_per_client, std::nullopt);
}

TEST(Limits, ReadsHelloTimeout) {
  EXPECT_EQ(settings("[limits]\nhello_timeout = \"500ms\"\n").limits.hello_timeout, milliseconds(500));
}

TEST(Limits, ReadsHandshakeTimeout) {
  EXPECT_EQ(settings("[limits]\nhandshake_timeout = \"7s\"\n").limits.handshake_timeout, seconds(7));
}

TEST(Limits, ReadsConnectTimeout) {
  EXPECT_EQ(settings("[limits]\nconnect_timeout = \"7s\"\n").limits.connect_timeout, seconds(7));
}

TEST(Limits, ReadsIdleTimeout) {
  EXPECT_EQ(settings("[limits]\nidle_timeout = \"1h\"\n").limits.idle_timeout, hours(1));
}

TEST(Limits, ReadsDrainTimeout) {
  EXPECT_EQ(settings("[limits]\ndrain_timeout = \"2m\"\n").limits.drain_timeout, minutes(2));
}

TEST(Limits, DrainsNotAtAll) {
  EXPECT_EQ(settings("[limits]\ndrain_timeout = \"0s\"\n").limits.drain_timeout, seconds(0));
}

TEST(Limits, ReadsHelloBytes) { EXPECT_EQ(settings("[limits]\nhello_bytes = 4096\n").limits.hello_bytes, 4096U); }

TEST(Limits, ReadsHeaderBytes) {
  EXPECT_EQ(settings("[limits]\nheader_bytes = 1024\n").limits.header_bytes, 1'024U);
  EXPECT_EQ(settings("[limits]\nheader_bytes = 1048576\n").limits.header_bytes, 1'048'576U);
}

TEST(Limits, ReadsStreams) {
  EXPECT_EQ(settings("[limits]\nstreams = 1\n").limits.streams, 1U);
  EXPECT_EQ(settings("[limits]\nstreams = 1000\n").limits.streams, 1'000U);
}

TEST(Limits, ReadsResetsPerMinute) {
  EXPECT_EQ(settings("[limits]\nresets_per_minute = 1\n").limits.resets_per_minute, 1U);
  EXPECT_EQ(settings("[limits]\nresets_per_minute = 1000000\n").limits.resets_per_minute, 1'000'000U);
}

TEST(Limits, ReadsRequestTimeout) {
  EXPECT_EQ(settings("[limits]\nrequest_timeout = \"7s\"\n").limits.request_timeout, seconds(7));
}

TEST(Limits, ReadsResponseTimeout) {
  EXPECT_EQ(settings("[limits]\nresponse_timeout = \"7s\"\n").limits.response_timeout, seconds(7));
}

TEST(Limits, ReadsBackendIdleTimeout) {
  EXPECT_EQ(settings("[limits]\nbackend_idle_timeout = \"7s\"\n").limits.backend_idle_timeout, seconds(7));
}

TEST(Limits, ReadsBackendIdleConnections) {
  EXPECT_EQ(settings("[limits]\nbackend_idle_connections = 0\n").limits.backend_idle_connections, 0U);
  EXPECT_EQ(settings("[limits]\nbackend_idle_connections = 10000\n").limits.backend_idle_connections, 10'000U);
}

TEST(Tls, HasDefaults) {
  const Config config = settings("");
  EXPECT_EQ(config.tls.min_version, route::TlsVersion::tls_1_2);
  EXPECT_TRUE(config.tls.tickets);
}

TEST(Tls, ReadsMinVersion) {
  EXPECT_EQ(settings("[tls]\nmin_version = \"1.3\"\n").tls.min_version, route::TlsVersion::tls_1_3);
}

TEST(Tls, ReadsTickets) { EXPECT_FALSE(settings("[tls]\ntickets = false\n").tls.tickets); }

struct Wrong {
  std::string_view text;
  std::string_view at;
  std::string_view says;
};

class WrongSettings : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSettings, AreReportedWhereTheyStand) {
  expect_problem(load_settings(GetParam().text), GetParam().at, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Settings, WrongSettings,
    testing::Values(
        Wrong{"[server]\nworkers = -1\n", "2:11", "`workers` must be from 0 to 1024, not -1"},
        Wrong{"[server]\nworkers = 1025\n", "2:11", "from 0 to 1024"},
        Wrong{"[server]\nworkers = \"2\"\n", "2:11", "`workers` must be an integer, not a string"},
        Wrong{"[server]\nworkers = 2.0\n", "2:11", "must be an integer, not a float"},
        Wrong{"[server]\nuser = \"\"\n", "2:8", "`user` must not be empty"},
        Wrong{"[server]\nuser = 1000\n", "2:8", "`user` must be a string, not an integer"},
        Wrong{"[server]\nuser = \"a\\u0000\"\n", "2:8", "`user` must not hold a NUL"},
        Wrong{"[server]\nlog = false\n", "2:7", "`log` must be a string, not a boolean"},
        Wrong{"[server]\nlog_format = \"jsn\"\n", "2:14",
              "`log_format` must be \"json\" or \"text\", not \"jsn\"; did you mean \"json\"?"},
        Wrong{"[server]\nlog_sample = 0\n", "2:14", "from 1 to 1000000"},
        Wrong{"[server]\n  worker = 1\n", "2:3", "unknown key \"worker\" in `server`; did you mean \"workers\"?"},
        Wrong{"server = 1\n", "1:1", "`server` must be a table: write [server]"},
        Wrong{"[[server]]\nworkers = 1\n", "1:3", "`server` must be a table: write [server]"},
        Wrong{"[limits]\nconnections = 0\n", "2:15", "from 1 to 10000000"},
        Wrong{"[limits]\nconnections_per_client = -1\n", "2:26", "from 0 to 10000000"},
        Wrong{"[limits]\nnew_connections_per_client = -1\n", "2:30", "from 0 to 10000000"},
        Wrong{"[limits]\nhandshakes = -1\n", "2:14", "from 0 to 10000000"},
        Wrong{"[limits]\nhello_timeout = 5\n", "2:17",
              "`hello_timeout` must be a duration such as \"5s\", not an integer"},
        Wrong{"[limits]\nhello_timeout = \"5\"\n", "2:17", "\"5\" is no duration"},
        Wrong{"[limits]\nhello_timeout = \"5 s\"\n", "2:17", "is no duration"},
        Wrong{"[limits]\nhello_timeout = \"-5s\"\n", "2:17", "is no duration"},
        Wrong{"[limits]\nhello_timeout = \"1.5s\"\n", "2:17", "is no duration"},
        Wrong{"[limits]\nhello_timeout = \"5d\"\n", "2:17", "is no duration"},
        Wrong{"[limits]\nhello_timeout = \"0s\"\n", "2:17", "`hello_timeout` must be \"1ms\" at least"},
        Wrong{"[limits]\nhandshake_timeout = \"0s\"\n", "2:21", "\"1ms\" at least"},
        Wrong{"[limits]\nconnect_timeout = \"0s\"\n", "2:19", "\"1ms\" at least"},
        Wrong{"[limits]\nidle_timeout = \"0s\"\n", "2:16", "\"1ms\" at least"},
        Wrong{"[limits]\nidle_timeout = \"721h\"\n", "2:16", "is too long: the most is \"720h\""},
        Wrong{"[limits]\nidle_timeout = \"99999999999999999999s\"\n", "2:16", "is too long"},
        Wrong{"[limits]\nhello_bytes = 511\n", "2:15", "from 512 to 131072"},
        Wrong{"[limits]\nhello_bytes = 131073\n", "2:15", "from 512 to 131072"},
        Wrong{"[limits]\nheader_bytes = 1023\n", "2:16", "from 1024 to 1048576"},
        Wrong{"[limits]\nheader_bytes = 1048577\n", "2:16", "from 1024 to 1048576"},
        Wrong{"[limits]\nstreams = 0\n", "2:11", "from 1 to 1000"},
        Wrong{"[limits]\nstreams = 1001\n", "2:11", "from 1 to 1000"},
        Wrong{"[limits]\nresets_per_minute = 0\n", "2:21", "from 1 to 1000000"},
        Wrong{"[limits]\nresets_per_minute = 1000001\n", "2:21", "from 1 to 1000000"},
        Wrong{"[limits]\nrequest_timeout = \"0s\"\n", "2:19", "\"1ms\" at least"},
        Wrong{"[limits]\nresponse_timeout = \"0s\"\n", "2:20", "\"1ms\" at least"},
        Wrong{"[limits]\nbackend_idle_timeout = \"0s\"\n", "2:24", "\"1ms\" at least"},
        Wrong{"[limits]\nbackend_idle_connections = -1\n", "2:28", "from 0 to 10000"},
        Wrong{"[limits]\nbackend_idle_connections = 10001\n", "2:28", "from 0 to 10000"},
        Wrong{"[limits]\nhello_timeuot = \"5s\"\n", "2:1", "did you mean \"hello_timeout\"?"},
        Wrong{"[tls]\nmin_version = \"1.1\"\n", "2:15", "`min_version` must be \"1.2\" or \"1.3\", not \"1.1\""},
        Wrong{"[tls]\nmin_version = 1.2\n", "2:15", "`min_version` must be a string: write \"1.2\" or \"1.3\""},
        Wrong{"[tls]\ntickets = \"yes\"\n", "2:11", "`tickets` must be true or false, not a string"},
        Wrong{"[tls]\nticket_keys = \"\"\n", "2:15", "`ticket_keys` must not be empty"},
        Wrong{"[tls]\nticket_keys = 5\n", "2:15", "`ticket_keys` must be a string"},
        Wrong{"[tls]\ntickts = true\n", "2:1", "unknown key \"tickts\" in `tls`; did you mean \"tickets\"?"},
        Wrong{"[admin]\nadress = \"127.0.0.1:1\"\n", "2:1",
              "unknown key \"adress\" in `admin`; did you mean \"address\"?"},
        Wrong{"[admin]\naddress = 9901\n", "2:11", "`address` must be a string"},
        Wrong{"[admin]\naddress = \"unix:\"\n", "2:11", "\"unix:\" lacks a path"},
        Wrong{"[admin]\naddress = \"localhost:9901\"\n", "2:11", "write an IP address and a port"},
        Wrong{"[admin]\naddress = \"127.0.0.1\"\n", "2:11", "write an IP address and a port"},
        Wrong{"[admin]\ntoken_file = true\n", "2:14", "`token_file` must be a string"}));

TEST(Admin, IsOffByDefault) { EXPECT_EQ(load_settings("")->admin.address, std::nullopt); }

TEST(Admin, ListensOnThisMachineWithoutAToken) {
  for (const std::string_view address : {"127.0.0.1:9901", "127.8.9.1:0", "[::1]:9901"}) {
    const auto config = load_settings("[admin]\naddress = \"" + std::string(address) + "\"\n");
    ASSERT_TRUE(config) << address;
    EXPECT_EQ(config->admin.address->text, address);
    EXPECT_TRUE(std::holds_alternative<ListenAddress>(config->admin.address->address));
  }
  for (const std::string_view address :
       {"0.0.0.0:9901", "[::]:9901", ":9901", "192.0.2.1:9901", "[2001:db8::1]:9901", "[::ffff:127.0.0.1]:9901"}) {
    const std::string table = "[admin]\naddress = \"" + std::string(address) + "\"\n";
    expect_problem(load_settings(table), "2:11", "add a `token_file`, or write a loopback address");
    const auto config = load_settings(table + "token_file = \"admin.token\"\n");
    ASSERT_TRUE(config) << address;
    EXPECT_EQ(config->admin.address->text, address);
    EXPECT_EQ(config->admin.token_file, "/etc/simplon/admin.token");
    EXPECT_EQ(to_text(config->admin.token_position), "/etc/simplon/simplon.toml:3:14");
  }
}

TEST(Admin, FindsAUnixSocketBesideTheFile) {
  const auto config = load_settings("[admin]\naddress = \"unix:admin.sock\"\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(std::get<UnixSocket>(config->admin.address->address).path, "/etc/simplon/admin.sock");
}

}  // namespace
}  // namespace simplon::config
