// `simplon serve` told to reload: by SIGHUP, and by certificates that change.
#include "support/child_process.hpp"
#include "support/serve_command.hpp"
#include "support/tls_client.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using test::ChildProcess;
using test::StreamSocket;

// The names of the certificate that is shown.
std::vector<std::string> names_shown(std::uint16_t port) {
  const StreamSocket socket = StreamSocket::connect(port);
  test::TlsClientOptions options;
  options.alpn = test::alpn_wire({"h2"});
  test::TlsClient client(socket.descriptor(), options);
  return client.handshake() ? client.peer_names() : std::vector<std::string>{};
}

class ReloadCommand : public test::ServeCommand {
 protected:
  ReloadCommand() {
    EXPECT_TRUE(child_.wait_for("\"listening\"")) << child_.output();
    port_ = test::port_in(child_.output());
  }
  void certify(const std::string& name) {
    const test::TestCertificate made = test::make_test_certificate({.names = {name}});
    replace("chain.pem", made.chain_pem);
    replace("key.pem", made.key_pem);
  }
  // As ACME clients do it.
  void replace(const std::string& name, const std::string& text) {
    test::write_file(folder.path() / "fresh", text);
    std::filesystem::rename(folder.path() / "fresh", folder.path() / name);
  }
  [[nodiscard]] std::string config_text() const { return test::read_file(config_); }
  void write_config(const std::string& text) const { test::write_file(config_, text); }

  std::string config_ = configure();
  ChildProcess child_{{SIMPLON_PROGRAM, "serve", "-c", config_}};
  std::uint16_t port_ = 0;
};

TEST_F(ReloadCommand, TakesUpTheFile) {
  write_config(config_text() + "[[route]]\nalpn = \"h2\"\nreject = true\n");
  child_.signal(SIGHUP);
  ASSERT_TRUE(child_.wait_for("\"reloaded\"")) << child_.output();
  EXPECT_TRUE(child_.wait_for("SIGHUP; listeners: 1, routes: 2, names with a certificate: 1")) << child_.output();
  EXPECT_EQ(names_shown(port_), std::vector<std::string>{"app.example.com"});
}

TEST_F(ReloadCommand, RefusesAWrongFileWholeAndGoesOn) {
  write_config("[[listen]]\nadress = \"127.0.0.1:0\"\n");
  child_.signal(SIGHUP);
  ASSERT_TRUE(child_.wait_for("\"reload_refused\"")) << child_.output();
  EXPECT_TRUE(child_.wait_for(config_ + ":2:1: ")) << child_.output();
  EXPECT_EQ(names_shown(port_), std::vector<std::string>{"app.example.com"});
}

TEST_F(ReloadCommand, TakesUpACertificateThatChanges) {
  certify("renewed.example.com");
  ASSERT_TRUE(child_.wait_for("\"reloaded\"")) << child_.output();
  EXPECT_TRUE(child_.wait_for("\"message\":\"certificate; ")) << child_.output();
  EXPECT_EQ(names_shown(port_), std::vector<std::string>{"renewed.example.com"});
}

// An edited configuration waits until it is asked for.
TEST_F(ReloadCommand, TakesUpNoConfigurationWithACertificate) {
  write_config("not a configuration");
  certify("renewed.example.com");
  ASSERT_TRUE(child_.wait_for("\"reloaded\"")) << child_.output();
  EXPECT_EQ(names_shown(port_), std::vector<std::string>{"renewed.example.com"});
}

TEST_F(ReloadCommand, KeepsTheOldCertificateUntilTheNewOneIsWhole) {
  test::write_file(folder.path() / "chain.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
  ASSERT_TRUE(child_.wait_for("\"reload_refused\"")) << child_.output();
  EXPECT_TRUE(child_.wait_for("chain.pem: ")) << child_.output();
  EXPECT_EQ(names_shown(port_), std::vector<std::string>{"app.example.com"});
  certify("renewed.example.com");
  ASSERT_TRUE(child_.wait_for("\"reloaded\"")) << child_.output();
  EXPECT_EQ(names_shown(port_), std::vector<std::string>{"renewed.example.com"});
}

// The way of an ACME client with a folder for each name: one that is made later, and filled step by step.
TEST_F(ReloadCommand, TakesUpACertificateInAFolderThatIsNew) {
  write_config("[[listen]]\naddress = \"127.0.0.1:0\"\n[[certificate]]\ndir = \"certs\"\n[[route]]\ninspect = true\n");
  const auto certs = folder.path() / "certs";
  std::filesystem::create_directories(certs / "one");
  for (const char* const name : {"chain.pem", "key.pem"}) {
    const bool chain = name == std::string_view("chain.pem");
    test::write_file(certs / "one" / (chain ? "fullchain.pem" : "privkey.pem"), test::read_file(folder.path() / name));
  }
  child_.signal(SIGHUP);
  ASSERT_TRUE(child_.wait_for("\"reloaded\"")) << child_.output();
  const test::TestCertificate made = test::make_test_certificate({.names = {"two.example.com"}});
  std::filesystem::create_directory(certs / "two");
  test::write_file(certs / "two" / "fullchain.pem", made.chain_pem);
  ASSERT_TRUE(child_.wait_for("\"reload_refused\"")) << child_.output();
  test::write_file(certs / "two" / "privkey.pem", made.key_pem);
  EXPECT_TRUE(child_.wait_for("certificate; listeners: 1, routes: 1, names with a certificate: 2")) << child_.output();
}

TEST_F(ReloadCommand, SaysWhatOnlyARestartApplies) {
  write_config("[server]\nworkers = 7\nlog_format = \"text\"\n" + config_text());
  child_.signal(SIGHUP);
  EXPECT_TRUE(child_.wait_for("only a restart applies [server] workers, [server] log_format")) << child_.output();
}

}  // namespace

}  // namespace simplon
