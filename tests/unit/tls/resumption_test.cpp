// Sessions: what a ticket brings back, and what it must not.
#include "support/tcp_pair.hpp"
#include "support/tls_library.hpp"
#include "unit/tls/tls_pair.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace simplon::tls {

namespace {

using test::alpn_wire;
using Resumption = EveryVersion;

// A session from a first connection with `options`, on which `decided` was decided.
test::Session session_from(const ContextStore& store, const test::TlsClientOptions& options, const Decided& decided) {
  TlsPair pair(store, options, decided);
  EXPECT_TRUE(pair.handshake()) << pair.server.error() << pair.client.error();
  EXPECT_TRUE(pair.echo("a ticket, which not every library sends before"));
  EXPECT_EQ(pair.client.tickets(), 1);
  return pair.client.session();
}

TEST_P(Resumption, ResumesWithATicket) {
  auto options = this->options();
  options.session = session_from(default_store(), options, decided_on(options));
  TlsPair pair(default_store(), options, decided_on(options));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_TRUE(pair.client.resumed());
  EXPECT_TRUE(pair.server.negotiated().resumed);
  EXPECT_TRUE(pair.echo("resumed"));
}

TEST_P(Resumption, IsNotSaidOfAFullHandshake) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  EXPECT_FALSE(pair.server.negotiated().resumed);
}

// RFC 7301 §3.1: the protocol is that of the connection, not of the session.
TEST_P(Resumption, SelectsAnew) {
  auto options = this->options();
  options.alpn = alpn_wire({"h2"});
  options.session = session_from(default_store(), options, decided_on(options, protocol::h2));
  options.alpn = alpn_wire({"http/1.1"});
  TlsPair pair(default_store(), options, decided_on(options, protocol::http_1_1));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_TRUE(pair.client.resumed());
  EXPECT_EQ(pair.client.selected(), "http/1.1");
  EXPECT_EQ(pair.server.selected(), protocol::http_1_1);
}

TEST_P(Resumption, DoesNotBringBackTheSessionsProtocol) {
  auto options = this->options();
  options.alpn = alpn_wire({"h2"});
  options.session = session_from(default_store(), options, decided_on(options, protocol::h2));
  TlsPair pair(default_store(), options, decided_on(options));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_TRUE(pair.client.resumed());
  EXPECT_FALSE(pair.client.answer());
}

TEST_P(Resumption, EndsOnAnotherOfferThanDecidedOn) {
  auto options = this->options();
  options.alpn = alpn_wire({"h2"});
  const std::string other = alpn_wire({"h2", "http/1.1"});
  options.session = session_from(default_store(), options, decided_on(options, protocol::h2));
  Decided decided = decided_on(options, protocol::h2);
  decided.offer = ProtocolListView::parse_names(as_bytes(other)).value();
  TlsPair pair(default_store(), options, decided);
  EXPECT_FALSE(pair.handshake());
  EXPECT_TRUE(pair.server.negotiation_refused());
  EXPECT_EQ(pair.client.alert_received(), 120);
}

TEST_P(Resumption, IsRefusedUnderAnotherPolicy) {
  auto options = this->options();
  options.session = session_from(default_store(), options, decided_on(options));
  Decided decided = decided_on(options);
  decided.min_version = route::TlsVersion::tls_1_2;
  TlsPair pair(default_store(), options, decided);
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_FALSE(pair.client.resumed());
}

// RFC 6066 §3: "MUST NOT accept the request to resume the session if the server_name extension contains a different
// name"; it proceeds with a full handshake.
TEST_P(Resumption, IsRefusedUnderAnotherServerName) {
  const auto store = make_store({make_certificate({"*.example.com"})});
  auto options = this->options();
  options.session = session_from(store, options, decided_on(options));
  options.server_name = "www.example.com";
  TlsPair pair(store, options, decided_on(options));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_FALSE(pair.client.resumed());
}

TEST_P(Resumption, IsRefusedByAnotherStoresKeys) {
  auto options = this->options();
  options.session = session_from(default_store(), options, decided_on(options));
  TlsPair pair(make_store({make_certificate({"app.example.com"})}), options, decided_on(options));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_FALSE(pair.client.resumed());
}

TEST_P(Resumption, SendsNoTicketWhereTicketsAreOff) {
  const auto options = this->options();
  TlsPair pair(make_store({make_certificate({"app.example.com"})}, {.tickets = false}), options, decided_on(options));
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.echo("after any ticket"));
  // TLS 1.2 makes a session without a ticket too; it must be of no use.
  EXPECT_FALSE(pair.client.session() && SSL_SESSION_has_ticket(pair.client.session().get()));
}

TEST_P(Resumption, IsOffWhereTicketsAreOff) {
  auto options = this->options();
  options.session = session_from(default_store(), options, decided_on(options));
  TlsPair pair(make_store({make_certificate({"app.example.com"})}, {.tickets = false}), options, decided_on(options));
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_FALSE(pair.client.resumed());
}

// RFC 8446 §4.2.10: a ticket that allows early data says how much.
TEST(Tickets, AllowNoEarlyData) {
  test::TlsClientOptions options;
  options.min_version = TLS1_3_VERSION;
  const auto session = session_from(default_store(), options, decided_on(options));
  EXPECT_FALSE(test::allows_early_data(*session));
}

// Segments with data that a client of TLS 1.3 receives for the handshake and a first answer; 0 where these fail.
std::uint32_t segments_until_first_answer() {
  const test::TcpPair sockets;
  test::TlsClientOptions options;
  options.min_version = TLS1_3_VERSION;
  test::TlsClient client(sockets.client(), options);
  ServerConnection server(default_store().find(options.server_name), sockets.server(), decided_on(options));
  Step step{Status::want_read, 0};
  while (step.status == Status::want_read) {
    if (client.step_handshake() == test::Progress::failed || !test::wait_readable(sockets.server(), 10'000)) return 0;
    step = server.handshake();
  }
  if (server.write(as_bytes(std::string_view("answer"))).bytes != 6 || client.read(6) != "answer") return 0;
  EXPECT_EQ(client.tickets(), 1);
  tcp_info info{};
  socklen_t size = sizeof info;
  EXPECT_EQ(::getsockopt(sockets.client(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  return info.tcpi_data_segs_in;
}

// Nobody waits for a ticket: a segment of its own would cost both ends for nothing.
TEST(Tickets, GoWithTheFirstAnswer) {
  if (test::tls_library != test::TlsLibrary::openssl) GTEST_SKIP() << "this library sends it with other messages";
  // The kernel waits a fifth of a second for the answer, in which a busy machine may do something else.
  std::uint32_t segments = 0;
  for (int attempt = 0; attempt < 5 && segments != 2; ++attempt)
    segments = segments_until_first_answer();
  EXPECT_EQ(segments, 2U) << "the handshake's, and the ticket with the answer";
}

INSTANTIATE_TEST_SUITE_P(Tls, Resumption, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon::tls
