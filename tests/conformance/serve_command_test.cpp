// `simplon serve` as a program: how it starts, what it says, how it ends, and what it does when the system gives out.
#include "support/serve_command.hpp"

#include "support/child_process.hpp"
#include "support/hello_bytes.hpp"
#include "support/tls_client.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace simplon {

namespace {

using test::ChildProcess;
using test::port_in;
using test::read_file;
using test::StreamSocket;
using test::write_file;

const std::string program = SIMPLON_PROGRAM;

// Whether a TLS client is shown the page.
bool is_served(std::uint16_t port) {
  const StreamSocket socket = StreamSocket::connect(port);
  test::TlsClientOptions options;
  options.alpn = test::alpn_wire({"http/1.1"});
  test::TlsClient client(socket.descriptor(), options);
  return client.handshake() && client.write("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") &&
         client.read(15).starts_with("HTTP/1.1 200 OK");
}

class ServeCommand : public test::ServeCommand {
 protected:
  // `simplon serve -c config` with 64 descriptors.
  static std::vector<std::string> with_few_descriptors(const std::string& config) {
    return {"/bin/sh", "-c", "ulimit -n 64; exec \"$0\" serve -c \"$1\"", program, config};
  }
  // UBSan looks whether an object's memory is there by means of a pipe, and takes the want of one for a broken object.
  static bool needs_descriptors_itself() { return std::string_view(SIMPLON_SANITIZERS).contains("undefined"); }
};

TEST_F(ServeCommand, ServesWithoutAnyConfiguration) {
  ChildProcess child({program, "serve", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(child.wait_for("\"listening\"")) << child.output();
  EXPECT_NE(child.output().find("curl -k --http2 https://127.0.0.1:"), std::string::npos) << child.output();
  EXPECT_TRUE(is_served(port_in(child.output())));
  EXPECT_TRUE(child.wait_for("\"event\":\"connection\"")) << child.output();
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(), 0) << child.output();
}

TEST_F(ServeCommand, GreetsWithTheAppThatItIsInFrontOf) {
  ChildProcess child({program, "serve", "--listen", "127.0.0.1:0", "--http", "http://127.0.0.1:3000"});
  ASSERT_TRUE(child.wait_for("\"listening\"")) << child.output();
  const std::string url = "https://127.0.0.1:" + std::to_string(port_in(child.output())) + "/";
  EXPECT_NE(child.output().find("Simplon is listening: " + url + " in front of http://127.0.0.1:3000"),
            std::string::npos)
      << child.output();
  EXPECT_NE(child.output().find("  curl -k --http2 " + url + "\n"), std::string::npos) << child.output();
  EXPECT_NE(child.output().find("  curl -k --http1.1 " + url + "\n"), std::string::npos) << child.output();
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.output();
}

TEST_F(ServeCommand, DrainsOnSigterm) {
  ChildProcess child({program, "serve", "-c", configure("[limits]\ndrain_timeout = \"300ms\"\n")});
  ASSERT_TRUE(child.wait_for("\"listening\"")) << child.output();
  const StreamSocket idle = StreamSocket::connect(port_in(child.output()));
  ASSERT_TRUE(is_served(port_in(child.output())));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.output();
  EXPECT_NE(child.output().find("\"drained\""), std::string::npos) << child.output();
  EXPECT_NE(child.output().find("\"stopped\""), std::string::npos) << child.output();
}

TEST_F(ServeCommand, SaysThatThePortIsTaken) {
  const StreamSocket taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(taken.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(taken.descriptor(), 1), 0);
  socklen_t size = sizeof address;
  ::getsockname(taken.descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
  const std::string text = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  ChildProcess child({program, "serve", "--listen", text});
  EXPECT_EQ(child.wait(), 3);
  EXPECT_TRUE(child.wait_for("cannot listen on " + text)) << child.output();
  EXPECT_TRUE(child.wait_for("Address already in use")) << child.output();
}

// Two gateways of one user would otherwise share the port by SO_REUSEPORT, each getting half of the clients.
TEST_F(ServeCommand, DoesNotShareItsPortWithAnother) {
  ChildProcess first({program, "serve", "-c", configure("[server]\nworkers = 2\n")});
  ASSERT_TRUE(first.wait_for("\"listening\"")) << first.output();
  ChildProcess second({program, "serve", "--listen", "127.0.0.1:" + std::to_string(port_in(first.output()))});
  EXPECT_EQ(second.wait(), 3) << second.output();
}

TEST_F(ServeCommand, TakesEitherAFileOrAQuickForm) {
  ChildProcess child({program, "serve", "-c", configure(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(child.wait(), 2) << child.output();
  EXPECT_TRUE(child.wait_for("--listen")) << child.output();
}

TEST_F(ServeCommand, RefusesAWrongConfiguration) {
  write_file(folder.path() / "wrong.toml", "[[listen]]\nadress = \"127.0.0.1:0\"\n");
  ChildProcess child({program, "serve", "-c", folder.path() / "wrong.toml"});
  EXPECT_EQ(child.wait(), 1) << child.output();
  EXPECT_TRUE(child.wait_for("wrong.toml:2:1:")) << child.output();
}

TEST_F(ServeCommand, RefusesATokenThatOthersMayRead) {
  write_file(folder.path() / "admin.token", "0123456789abcdef\n");
  std::filesystem::permissions(folder.path() / "admin.token", std::filesystem::perms(0644));
  const std::string config = configure("[admin]\naddress = \"127.0.0.1:0\"\ntoken_file = \"admin.token\"\n");
  for (const std::string command : {"serve", "check"}) {
    ChildProcess child({program, command, "-c", config});
    EXPECT_EQ(child.wait(), 1) << command << child.output();
    EXPECT_TRUE(child.wait_for(config + ":3:14: `token_file`: ")) << child.output();
  }
}

TEST_F(ServeCommand, RefusesACertificateThatIsNotThere) {
  const std::string config = configure();
  std::filesystem::remove(folder.path() / "chain.pem");
  ChildProcess child({program, "serve", "-c", config});
  EXPECT_EQ(child.wait(), 1) << child.output();
  EXPECT_TRUE(child.wait_for("chain.pem")) << child.output();
}

TEST_F(ServeCommand, ReopensItsLogOnSigusr1) {
  const std::filesystem::path log = folder.path() / "simplon.log";
  ChildProcess child({program, "serve", "-c", configure("[server]\nlog = \"" + log.string() + "\"\n")});
  ASSERT_TRUE(test::eventually([&] { return read_file(log).find("listening") != std::string::npos; }));
  const std::uint16_t port = port_in(read_file(log));
  std::filesystem::rename(log, folder.path() / "old.log");
  child.signal(SIGUSR1);
  ASSERT_TRUE(test::eventually([&] { return std::filesystem::exists(log); }));
  EXPECT_TRUE(is_served(port));
  EXPECT_TRUE(test::eventually([&] { return read_file(log).find("\"connection\"") != std::string::npos; }));
  EXPECT_EQ(read_file(folder.path() / "old.log").find("\"connection\""), std::string::npos);
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
}

// A log that can't be opened anew is no reason to stop serving, nor to forget the old one.
TEST_F(ServeCommand, GoesOnWhereItsLogCannotBeReopened) {
  const std::filesystem::path logs = folder.path() / "logs";
  std::filesystem::create_directory(logs);
  const std::filesystem::path log = logs / "simplon.log";
  ChildProcess child({program, "serve", "-c", configure("[server]\nlog = \"" + log.string() + "\"\n")});
  ASSERT_TRUE(test::eventually([&] { return read_file(log).find("listening") != std::string::npos; }));
  const std::uint16_t port = port_in(read_file(log));
  std::filesystem::rename(logs, folder.path() / "moved");
  write_file(logs, "a file where the folder was");
  child.signal(SIGUSR1);
  const std::filesystem::path moved = folder.path() / "moved" / "simplon.log";
  EXPECT_TRUE(test::eventually([&] { return read_file(moved).find("log_reopen_failed") != std::string::npos; }));
  EXPECT_TRUE(is_served(port));
  EXPECT_TRUE(test::eventually([&] { return read_file(moved).find("\"connection\"") != std::string::npos; }));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.output();
}

// accept(2) fails while there are no descriptors; whoever waits is served when some are back.
TEST_F(ServeCommand, WaitsWhenDescriptorsAreExhausted) {
  if (needs_descriptors_itself()) GTEST_SKIP() << "UBSan needs descriptors itself";
  ChildProcess child(with_few_descriptors(configure("[server]\nworkers = 1\n[limits]\nhello_timeout = \"5m\"\n")));
  ASSERT_TRUE(child.wait_for("\"listening\"")) << child.output();
  const std::uint16_t port = port_in(child.output());
  std::vector<StreamSocket> clients;
  for (int i = 0; i < 100; ++i)
    clients.push_back(StreamSocket::connect(port));
  ASSERT_TRUE(child.wait_for("accept_paused")) << child.output();
  clients.clear();
  EXPECT_TRUE(is_served(port)) << child.output();
  // Said once, not ten times a second.
  const std::string output = child.output();
  EXPECT_EQ(output.find("accept_paused", output.find("accept_paused") + 20), std::string::npos);
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.output();
}

// Pass-through needs a descriptor for the backend too: without one the client is told, and nothing else happens.
TEST_F(ServeCommand, SurvivesWithoutDescriptorsForBackends) {
  if (needs_descriptors_itself()) GTEST_SKIP() << "UBSan needs descriptors itself";
  const StreamSocket backend(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(backend.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(backend.descriptor(), 1000), 0);
  socklen_t size = sizeof address;
  ::getsockname(backend.descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
  write_file(folder.path() / "pass.toml",
             "[server]\nworkers = 1\n[limits]\ndrain_timeout = \"0s\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n"
             "[[route]]\npass = \"127.0.0.1:" +
                 std::to_string(ntohs(address.sin_port)) + "\"\n");
  ChildProcess child(with_few_descriptors(folder.path() / "pass.toml"));
  ASSERT_TRUE(child.wait_for("\"listening\"")) << child.output();
  const std::uint16_t port = port_in(child.output());
  const std::string hello = test::in_records(test::hello_for("app.example.com", std::nullopt));
  std::vector<StreamSocket> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(StreamSocket::connect(port));
    clients.back().send(hello);
  }
  EXPECT_TRUE(child.wait_for("Too many open files")) << child.output();
  clients.clear();
  EXPECT_TRUE(test::eventually([&] {
    StreamSocket client = StreamSocket::connect(port);
    client.send(hello);
    client.finish();
    // Passed on: the backend says nothing, so neither does the gateway.
    return client.read(1, std::chrono::milliseconds(200)).end == test::StreamEnd::open;
  })) << child.output();
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0) << child.output();
}

}  // namespace

}  // namespace simplon
