// Sending that the kernel takes over from the library.
#include "support/tcp_pair.hpp"
#include "support/tls_library.hpp"
#include "unit/tls/tls_pair.hpp"

#include <array>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

namespace simplon::tls {

namespace {

struct KernelPair {
  explicit KernelPair(test::TlsClientOptions options) : client(sockets.client(), observed(std::move(options))) {}

  bool handshake() {
    for (int round = 0; round < 1000; ++round) {
      const test::Progress progress = client.step_handshake();
      const Step step = server.handshake();
      if (step.status == Status::failed || progress == test::Progress::failed) return false;
      if (step.status == Status::done && progress == test::Progress::done) return true;
      pollfd waited{.fd = sockets.server(), .events = POLLIN, .revents = 0};
      ::poll(&waited, 1, 10);
    }
    return false;
  }

  bool echo(const std::string& text) {
    for (Bytes left = as_bytes(text); !left.empty();) {
      const Step step = server.write(left);
      if (step.status != Status::done) return false;
      left = left.subspan(step.bytes);
    }
    return client.read(text.size()) == text;
  }

  /// What the server reads, once something came or the connection broke.
  Step read(std::span<std::byte> buffer) {
    Step step{Status::want_read, 0};
    for (int round = 0; round < 1000 && step.status == Status::want_read; ++round) {
      pollfd waited{.fd = sockets.server(), .events = POLLIN, .revents = 0};
      ::poll(&waited, 1, 10);
      step = server.read(buffer);
    }
    return step;
  }

  test::TcpPair sockets;
  SSL* client_ssl = nullptr;
  ServerConnection server{default_store().find("app.example.com"),
                          sockets.server(),
                          {.selected = {}, .offer = {}, .server_name = "app.example.com", .min_version = {}}};
  test::TlsClient client;

 private:
  test::TlsClientOptions observed(test::TlsClientOptions options) {
    options.on_server_hello = [this](SSL& ssl) { client_ssl = &ssl; };
    return options;
  }
};

class KernelSending : public EveryVersion {
 protected:
  void SetUp() override {
    if (test::tls_library != test::TlsLibrary::openssl) GTEST_SKIP() << "only OpenSSL hands out its key for sending";
    const test::TcpPair sockets;
    if (::setsockopt(sockets.server(), IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) != 0) {
      GTEST_SKIP() << "this kernel has no TLS (modprobe tls)";
    }
  }
};

// AES-GCM with either key, and ChaCha20-Poly1305, by the names of both versions.
struct Suite {
  const char* in_1_3;
  const char* in_1_2;
};
constexpr std::array suites{Suite{"TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
                            Suite{"TLS_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
                            Suite{"TLS_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}};

TEST_P(KernelSending, GoesOnWithTheRecordAfterTheLibrarysLastInEverySuite) {
  for (const Suite& suite : suites) {
    test::TlsClientOptions options = this->options();
    options.ciphers_1_3 = suite.in_1_3;
    options.ciphers_1_2 = suite.in_1_2;
    KernelPair pair(options);
    ASSERT_TRUE(pair.handshake());
    EXPECT_TRUE(pair.echo("one record"));
    EXPECT_TRUE(pair.echo(std::string(300000, 'm')));
    const bool takes_over = pair.server.let_kernel_send();
    EXPECT_TRUE(pair.echo("a record of the kernel's, or one more of the library's"));
    if (!takes_over) {
      EXPECT_NE(&suite, suites.data()) << "there is no kernel with TLS but without AES-128-GCM";
      continue;
    }
    const std::string plain = "plain bytes, as splice has them";
    ASSERT_EQ(::send(pair.sockets.server(), plain.data(), plain.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(plain.size()));
    EXPECT_EQ(pair.client.read(plain.size()), plain);
    EXPECT_TRUE(pair.echo(std::string(300000, 'k')));
    ASSERT_TRUE(pair.client.write("the other way"));
    std::array<std::byte, 100> buffer;
    EXPECT_EQ(as_text(std::span(buffer).first(pair.read(buffer).bytes)), "the other way");
  }
}

TEST_P(KernelSending, ClosesWithCloseNotifyAndReadsOn) {
  KernelPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.server.let_kernel_send());
  EXPECT_EQ(pair.server.shutdown().status, Status::done);
  EXPECT_EQ(pair.client.read(1), "");
  EXPECT_TRUE(pair.client.close_notify_received());
  ASSERT_TRUE(pair.client.write("still here"));
  std::array<std::byte, 100> buffer;
  EXPECT_EQ(pair.read(buffer).bytes, 10U);
}

TEST_P(KernelSending, TellsTheClientOfItsMistakes) {
  KernelPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.server.let_kernel_send());
  const std::string garbage = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'g');
  ASSERT_EQ(::send(pair.sockets.client(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 37);
  std::array<std::byte, 100> buffer;
  EXPECT_EQ(pair.read(buffer).status, Status::failed);
  EXPECT_EQ(pair.server.alert_sent(), 20) << "bad_record_mac";
  EXPECT_EQ(pair.client.read(1), "");
  EXPECT_EQ(pair.client.alert_received(), 20);
}

TEST_P(KernelSending, WaitsForTheEndOfARecord) {
  KernelPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  const std::string text(16384, 'x');
  std::size_t written = 0;
  Step step{Status::done, 0};
  while (step.status == Status::done) {
    step = pair.server.write(as_bytes(text));
    written += step.bytes;
  }
  ASSERT_EQ(step.status, Status::want_write);
  EXPECT_FALSE(pair.server.let_kernel_send());
  EXPECT_EQ(pair.client.read(written).size(), written);
  ASSERT_TRUE(pair.echo(text));
  EXPECT_TRUE(pair.server.let_kernel_send());
  EXPECT_TRUE(pair.echo("the kernel's"));
}

// RFC 8446 §4.6.3.
TEST_P(KernelSending, LeavesTheLibraryToSendUnderAnUpdatedKey) {
  if (!is_1_3()) GTEST_SKIP() << "there is no KeyUpdate in TLS 1.2";
  KernelPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_EQ(SSL_key_update(pair.client_ssl, SSL_KEY_UPDATE_REQUESTED), 1);
  ASSERT_TRUE(pair.client.write("under a new key"));
  std::array<std::byte, 100> buffer;
  EXPECT_EQ(pair.read(buffer).bytes, 15U);
  EXPECT_FALSE(pair.server.let_kernel_send());
  EXPECT_TRUE(pair.echo("from the library"));
}

TEST_P(KernelSending, ReadsUnderAnUpdatedKey) {
  if (!is_1_3()) GTEST_SKIP() << "there is no KeyUpdate in TLS 1.2";
  KernelPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.server.let_kernel_send());
  ASSERT_EQ(SSL_key_update(pair.client_ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
  ASSERT_TRUE(pair.client.write("under a new key"));
  std::array<std::byte, 100> buffer;
  EXPECT_EQ(pair.read(buffer).bytes, 15U);
  EXPECT_TRUE(pair.echo("from the kernel"));
}

TEST_P(KernelSending, EndsWhereItShouldSendUnderANewKey) {
  if (!is_1_3()) GTEST_SKIP() << "there is no KeyUpdate in TLS 1.2";
  KernelPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.server.let_kernel_send());
  ASSERT_EQ(SSL_key_update(pair.client_ssl, SSL_KEY_UPDATE_REQUESTED), 1);
  ASSERT_TRUE(pair.client.write("under a new key"));
  std::array<std::byte, 100> buffer;
  EXPECT_EQ(pair.read(buffer).status, Status::failed);
  EXPECT_EQ(pair.server.error(), "the client asked for a new key, which the kernel can't be given");
  EXPECT_EQ(pair.client.read(1), "");
  EXPECT_EQ(pair.client.alert_received(), 80) << "internal_error";
}

INSTANTIATE_TEST_SUITE_P(Tls, KernelSending, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

using WithoutKernel = EveryVersion;

// No kernel encrypts on a Unix socket.
TEST_P(WithoutKernel, TheLibraryGoesOnSending) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.echo("before"));
  EXPECT_FALSE(pair.server.let_kernel_send());
  EXPECT_TRUE(pair.echo("after"));
  EXPECT_EQ(pair.server.shutdown().status, Status::done);
  EXPECT_EQ(pair.client.read(1), "");
  EXPECT_TRUE(pair.client.close_notify_received());
}

INSTANTIATE_TEST_SUITE_P(Tls, WithoutKernel, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon::tls
