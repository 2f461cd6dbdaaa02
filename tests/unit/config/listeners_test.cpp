// [[listen]] and [[certificate]]
#include "loading.hpp"

namespace simplon::config {
namespace {

using testing::ElementsAre;

// `text` stands inside the first [[listen]], which is otherwise empty; it begins at line 2.
Loaded load_listener(std::string_view text,
                     std::string_view route = "[[route]]\nreject = true\nalpn = [\"x\", \"none\"]\n") {
  return load("[[listen]]\n" + std::string(text) + std::string(route));
}

Config valid(Loaded loaded) {
  EXPECT_THAT(problems_of(loaded), ElementsAre("fine"));
  return std::move(loaded).value();
}

TEST(Listener, ReadsNameAndAddress) {
  const Config config = valid(load_listener("name = \"public\"\naddress = \"127.0.0.1:443\"\n"));
  ASSERT_EQ(config.listeners.size(), 1U);
  EXPECT_EQ(config.listeners[0].name, "public");
  EXPECT_EQ(config.listeners[0].address.ip, "127.0.0.1");
  EXPECT_EQ(config.listeners[0].address.port, 443);
  EXPECT_EQ(to_text(config.listeners[0].position), "/etc/simplon/simplon.toml:1:1");
}

TEST(Listener, IsNamedLikeItsAddressByDefault) {
  EXPECT_EQ(valid(load_listener("address = \"127.0.0.1:443\"\n")).listeners[0].name, "127.0.0.1:443");
}

TEST(Listener, ReadsOrder) {
  const Config config = valid(load_listener("address = \":443\"\norder = \"client\"\n"));
  EXPECT_EQ(config.listeners[0].order, Order::client);
  EXPECT_EQ(config.table.listeners()[0].order, Order::client);
  EXPECT_EQ(valid(load_listener("address = \":443\"\n")).listeners[0].order, Order::server);
}

TEST(Listener, ReadsMismatch) {
  const Config config = valid(load_listener("address = \":443\"\nmismatch = \"ignore\"\n"));
  EXPECT_EQ(config.listeners[0].mismatch, Mismatch::ignore);
  EXPECT_EQ(config.table.listeners()[0].mismatch, Mismatch::ignore);
  EXPECT_EQ(valid(load_listener("address = \":443\"\nmismatch = \"report\"\n")).listeners[0].mismatch,
            Mismatch::report);
  EXPECT_EQ(valid(load_listener("address = \":443\"\n")).listeners[0].mismatch, Mismatch::reject);
}

TEST(Listener, ReadsRedirect) {
  const std::string_view other = "[[listen]]\nname = \"tls\"\naddress = \":443\"\n";
  const Config config = valid(load_listener("address = \":80\"\nredirect = true\n" + std::string(other)));
  ASSERT_EQ(config.listeners.size(), 2U);
  EXPECT_TRUE(config.listeners[0].redirect);
  EXPECT_FALSE(config.listeners[1].redirect);
  EXPECT_FALSE(
      valid(load_listener("address = \":443\"\nredirect = false\norder = \"client\"\n")).listeners[0].redirect);
}

TEST(Listener, RedirectsToAnother) {
  expect_problem(load_listener("address = \":80\"\nredirect = true\n[[listen]]\naddress = \":81\"\nredirect = true\n"),
                 "1:1", "nothing to redirect to: add a [[listen]] without `redirect`");
}

TEST(Listener, ExpectsNoProxyHeader) {
  for (const char* key : {"", "proxy_protocol = false\n"}) {
    EXPECT_FALSE(valid(load_listener("address = \":443\"\n" + std::string(key))).listeners[0].proxy_protocol) << key;
  }
}

TEST(Listener, ExpectsAProxyHeaderOfWhoeverConnects) {
  const Config config = valid(load_listener("address = \":443\"\nproxy_protocol = true\n"));
  ASSERT_TRUE(config.listeners[0].proxy_protocol);
  EXPECT_FALSE(config.listeners[0].proxy_protocol->trusted);
}

TEST(Listener, ExpectsAProxyHeaderOfThoseListed) {
  const Config config = valid(load_listener("address = \":443\"\nproxy_protocol = [\"10.0.0.0/8\", \"::1\"]\n"));
  ASSERT_TRUE(config.listeners[0].proxy_protocol && config.listeners[0].proxy_protocol->trusted);
  EXPECT_EQ(config.listeners[0].proxy_protocol->trusted->size(), 2U);
  const Config one = valid(load_listener("address = \":443\"\nproxy_protocol = \"10.0.0.1\"\n"));
  ASSERT_TRUE(one.listeners[0].proxy_protocol && one.listeners[0].proxy_protocol->trusted);
  EXPECT_EQ(one.listeners[0].proxy_protocol->trusted->size(), 1U);
}

TEST(Listener, ExpectsAProxyHeaderBeforeRedirects) {
  const Config config =
      valid(load_listener("address = \":80\"\nredirect = true\nproxy_protocol = true\n"
                          "[[listen]]\nname = \"tls\"\naddress = \":443\"\n"));
  EXPECT_TRUE(config.listeners[0].proxy_protocol);
  EXPECT_FALSE(config.listeners[1].proxy_protocol);
}

TEST(Listener, LetsMismatchesThroughOnlyToARouteForNone) {
  expect_problem(
      load_listener("address = \":443\"\nmismatch = \"report\"\n", "[[route]]\nreject = true\nalpn = \"x\"\n"), "3:12",
      "no route of it takes \"none\"");
}

TEST(Listener, HasAnAddressOfItsOwn) {
  expect_problem(load_listener("name = \"a\"\naddress = \"[::]:443\"\n[[listen]]\nname = \"b\"\naddress = \":443\"\n"),
                 "6:11", "\":443\" is taken already by the listener \"a\" at /etc/simplon/simplon.toml:1:1");
  expect_problem(
      load_listener("name = \"a\"\naddress = \"[::]:443\"\n[[listen]]\nname = \"b\"\naddress = \"0.0.0.0:443\"\n"),
      "6:11", "is taken already");
  expect_problem(
      load_listener("name = \"a\"\naddress = \"[::1]:443\"\n[[listen]]\nname = \"b\"\naddress = \"[0:0::1]:443\"\n"),
      "6:11", "is taken already");
}

TEST(Listener, LetsTheKernelChooseTwice) {
  valid(
      load_listener("name = \"a\"\naddress = \"127.0.0.1:0\"\n[[listen]]\nname = \"b\"\naddress = \"127.0.0.1:0\"\n"));
}

TEST(Listener, HasANameOfItsOwn) {
  expect_problem(load_listener("name = \"a\"\naddress = \":443\"\n[[listen]]\nname = \"a\"\naddress = \":444\"\n"),
                 "5:8", "the listener at /etc/simplon/simplon.toml:1:1 has the name \"a\" already");
}

struct Wrong {
  std::string_view text;
  std::string_view at;
  std::string_view says;
};

class WrongListener : public testing::TestWithParam<Wrong> {};

TEST_P(WrongListener, IsReportedWhereItStands) {
  expect_problem(load_listener(GetParam().text), GetParam().at, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Listeners, WrongListener,
    testing::Values(
        Wrong{"name = \"a\"\n", "1:1", "a listener needs an `address`"},
        Wrong{"address = 443\n", "2:11", "`address` must be a string"},
        Wrong{"address = \"localhost:443\"\n", "2:11", "\"localhost\" is no IP address: a listener needs one"},
        Wrong{"address = \"unix:/run/x\"\n", "2:11", "a listener needs an IP address and a port"},
        Wrong{"address = \":443\"\nname = \"\"\n", "3:8", "`name` must not be empty"},
        Wrong{"address = \":443\"\norder = \"clinet\"\n", "3:9",
              "`order` must be \"server\" or \"client\", not \"clinet\"; did you mean \"client\"?"},
        Wrong{"address = \":443\"\nmismatch = \"drop\"\n", "3:12",
              "`mismatch` must be \"reject\" or \"ignore\" or \"report\", not \"drop\""},
        Wrong{"address = \":443\"\nproxy_protocol = 1\n", "3:18",
              "`proxy_protocol` must be true, false or a list of trusted sources, not an integer"},
        Wrong{"address = \":443\"\nproxy_protocol = []\n", "3:18", "`proxy_protocol` must not be an empty list"},
        Wrong{"address = \":443\"\nproxy_protocol = [\"::1\", \"10.0.0.0/33\"]\n", "3:26",
              "\"10.0.0.0/33\" has no valid prefix length: 0 to 32"},
        Wrong{"address = \":443\"\nproxy_protocol = \"any\"\n", "3:18", "\"any\" is no IP address or network"},
        Wrong{"address = \":443\"\nredirect = 308\n", "3:12", "`redirect` must be true or false, not an integer"},
        Wrong{"address = \":443\"\nadress = \":443\"\n", "3:1",
              "unknown key \"adress\" in `listen`; did you mean \"address\"?"}));

// Nothing is negotiated where TLS is not spoken.
TEST(Listener, NegotiatesNothingWhereItRedirects) {
  const std::string_view other = "[[listen]]\nname = \"tls\"\naddress = \":443\"\n";
  const auto with = [&](std::string_view key) {
    return load_listener("address = \":80\"\nredirect = true\n" + std::string(key) + std::string(other));
  };
  expect_problem(with("order = \"client\"\n"), "4:1", "`order` does not go with `redirect`");
  expect_problem(with("mismatch = \"report\"\n"), "4:1", "`mismatch` does not go with `redirect`");
}

TEST(Certificate, ReadsChainAndKeyBesideTheConfiguration) {
  const Config config = valid(load_settings(""));
  ASSERT_EQ(config.certificates.size(), 1U);
  const auto& files = std::get<CertificateFiles>(config.certificates[0].source);
  EXPECT_EQ(files.chain, "/etc/simplon/c.pem");
  EXPECT_EQ(files.key, "/etc/simplon/k.pem");
  EXPECT_EQ(to_text(config.certificates[0].position), "/etc/simplon/simplon.toml:4:1");
}

TEST(Certificate, LeavesAbsolutePathsAlone) {
  const Config config = valid(load_settings("[[certificate]]\nchain = \"/a/c.pem\"\nkey = \"/a/k.pem\"\n"));
  EXPECT_EQ(std::get<CertificateFiles>(config.certificates[0].source).chain, "/a/c.pem");
}

TEST(Certificate, ReadsADirectory) {
  const Config config = valid(load_settings("[[certificate]]\ndir = \"certs\"\n"));
  EXPECT_EQ(std::get<CertificateDirectory>(config.certificates[0].source).path, "/etc/simplon/certs");
}

class WrongCertificate : public testing::TestWithParam<Wrong> {};

TEST_P(WrongCertificate, IsReportedWhereItStands) {
  expect_problem(load_settings("[[certificate]]\n" + std::string(GetParam().text)), GetParam().at, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Certificates, WrongCertificate,
    testing::Values(Wrong{"chain = \"c\"\n", "1:1", "a certificate needs `chain` and `key`, or `dir`"},
                    Wrong{"key = \"k\"\n", "1:1", "a certificate needs `chain` and `key`, or `dir`"},
                    Wrong{"dir = \"d\"\nkey = \"k\"\n", "3:1", "`key` does not go with `dir`"},
                    Wrong{"chain = \"c\"\ndir = \"d\"\n", "2:1", "`chain` does not go with `dir`"},
                    Wrong{"dir = \"\"\n", "2:7", "`dir` must not be empty"},
                    Wrong{"chain = 1\nkey = \"k\"\n", "2:9", "`chain` must be a string"},
                    Wrong{"chain = \"c\"\nkey = \"k\"\nkye = \"k\"\n", "4:1", "did you mean \"key\"?"}));

}  // namespace
}  // namespace simplon::config
