// Which backend a connection reaches, by what kind of address, and what is said when there is none.
#include "support/hello_bytes.hpp"
#include "support/running_gateway.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_backend.hpp"
#include "support/tls_client.hpp"

#include <map>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace simplon {

namespace {

using test::StreamSocket;

std::string configure(const std::string& backends) {
  return std::string(test::listen_table) + "[[route]]\npass = " + backends + "\n";
}

std::string list(const std::vector<std::string>& backends) {
  std::string text;
  for (const std::string& each : backends)
    text += (text.empty() ? "[\"" : ", \"") + each + '"';
  return text + ']';
}

// Answers everybody with `word`.
test::TestBackend::Serve say(const std::string& word) {
  return [word](StreamSocket& stream) {
    static_cast<void>(stream.read_to_end());
    stream.send(word);
    stream.finish();
  };
}

std::string ask(const test::RunningGateway& gateway) {
  StreamSocket client = gateway.connect();
  client.send(test::in_records(test::hello_for("app.example.com", std::nullopt)));
  client.finish();
  return client.read_to_end().bytes;
}

TEST(Backends, ThatAreDownAreToldInAnAlert) {
  const test::ClosedPort closed;
  test::RunningGateway gateway(configure(list({closed.address()})));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(test::in_records(test::hello_for("app.example.com", std::nullopt))));
  const test::Received answer = client.read_to_end();
  EXPECT_EQ(answer.bytes, test::fatal_alert(80));  // RFC 8446 §6.2: internal_error
  EXPECT_EQ(answer.end, test::StreamEnd::finished);
  client.close();
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "backend_unreachable");
  EXPECT_EQ(record.verdict, record::Verdict::failed);
  EXPECT_EQ(record.alert, 80);
  EXPECT_EQ(record.backend, closed.address());
  EXPECT_EQ(record.error, "Connection refused");
}

TEST(Backends, ThatAreUpStandInForThoseDown) {
  const test::ClosedPort closed;
  test::TestBackend up(say("up"));
  test::RunningGateway gateway(configure(list({closed.address(), up.address()})));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(ask(gateway), "up");
    EXPECT_EQ(gateway.next_record().backend, up.address());
  }
}

TEST(Backends, AreTakenInTurn) {
  test::TestBackend one(say("1"));
  test::TestBackend two(say("2"));
  test::TestBackend three(say("3"));
  test::RunningGateway gateway(configure(list({one.address(), two.address(), three.address()})));
  std::string order;
  for (int i = 0; i < 9; ++i)
    order += ask(gateway);
  EXPECT_EQ(order, "123123123");
}

TEST(Backends, AreTakenInTurnByAllWorkers) {
  test::TestBackend one(say("1"));
  test::TestBackend two(say("2"));
  test::RunningGateway gateway(configure(list({one.address(), two.address()})), {.certificates = {}, .workers = 2});
  std::map<std::string, int> counts;
  for (int i = 0; i < 20; ++i)
    ++counts[ask(gateway)];
  EXPECT_EQ(counts["1"], 10);
  EXPECT_EQ(counts["2"], 10);
}

TEST(Backends, MayBeUnixSockets) {
  const test::TemporaryFolder folder;
  test::TestBackend backend(say("unix"), folder.path() / "backend.sock");
  test::RunningGateway gateway(configure(list({backend.address()})));
  EXPECT_EQ(ask(gateway), "unix");
  EXPECT_EQ(gateway.next_record().backend, backend.address());
}

TEST(Backends, ThatAreNoSocketAreDown) {
  const test::TemporaryFolder folder;
  test::RunningGateway gateway(configure(list({"unix:" + (folder.path() / "nothing").string()})));
  EXPECT_EQ(ask(gateway), test::fatal_alert(80));
  EXPECT_EQ(name_of(gateway.next_record().reason), "backend_unreachable");
}

TEST(Backends, MayBeNames) {
  test::TestBackend backend(say("by name"));
  test::RunningGateway gateway(configure(list({"localhost:" + std::to_string(backend.port())})));
  EXPECT_EQ(ask(gateway), "by name");
  EXPECT_EQ(ask(gateway), "by name");  // from what was kept
  EXPECT_EQ(gateway.next_record().backend, "localhost:" + std::to_string(backend.port()));
}

// RFC 6761 §6.4: "invalid" never exists.
TEST(Backends, WhoseNameIsUnknownAreDown) {
  test::TestBackend up(say("up"));
  test::RunningGateway gateway(configure(list({"nowhere.invalid:443"})));
  EXPECT_EQ(ask(gateway), test::fatal_alert(80));
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "backend_unreachable");
  EXPECT_EQ(record.backend, "nowhere.invalid:443");
  EXPECT_NE(record.error, "");
}

// A backend whose queue is full: the kernel drops what would connect to it.
class Unanswering {
 public:
  Unanswering() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_.descriptor(), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_.descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    fill_ = std::make_unique<StreamSocket>(StreamSocket::connect(ntohs(address.sin_port)));
  }
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  StreamSocket listener_;
  std::string address_;
  std::unique_ptr<StreamSocket> fill_;
};

TEST(Backends, ThatDoNotAnswerAreGivenUpAfterConnectTimeout) {
  const Unanswering unanswering;
  test::RunningGateway gateway("[limits]\nconnect_timeout = \"200ms\"\n" + configure(list({unanswering.address()})));
  EXPECT_EQ(ask(gateway), test::fatal_alert(80));
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "backend_timeout");
  EXPECT_GE(record.total, std::chrono::milliseconds(199));
}

// What drains gives up at drain_timeout, whatever it is busy with.
TEST(Backends, ThatDoNotAnswerDoNotHoldUpTheEnd) {
  const Unanswering unanswering;
  test::RunningGateway gateway("[limits]\nconnect_timeout = \"15s\"\ndrain_timeout = \"100ms\"\n" +
                               configure(list({unanswering.address()})));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(test::in_records(test::hello_for("app.example.com", std::nullopt))));
  ASSERT_TRUE(test::eventually([&] { return gateway.connections() == 1; }));
  const auto start = std::chrono::steady_clock::now();
  gateway.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(name_of(gateway.next_record().reason), "drained");
}

// RFC 8446 §6.1: without close_notify the client knows that its stream is not finished.
TEST(Backends, ThatAreDownEndATerminatedConnectionWithoutCloseNotify) {
  const test::ClosedPort closed;
  test::RunningGateway gateway(std::string(test::listen_table) + std::string(test::certificate_table) +
                               "[[route]]\ntcp = \"" + closed.address() + "\"\n");
  const StreamSocket socket = gateway.connect();
  test::TlsClient client(socket.descriptor(), {});
  ASSERT_TRUE(client.handshake()) << client.error();
  EXPECT_EQ(client.read(1), "");
  EXPECT_FALSE(client.close_notify_received());
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "backend_unreachable");
  EXPECT_EQ(record.verdict, record::Verdict::failed);
  EXPECT_EQ(record.tls, "1.3");
}

}  // namespace

}  // namespace simplon
