#include "by_hand.hpp"
#include "overhead.hpp"
#include "simplon/adapters/gnutls.hpp"
#include "unit/hello/samples.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace simplon {
namespace {

void require_success(bool success) {
  if (!success) throw std::runtime_error("GnuTLS refuses");
}

struct FreeCredentials {
  void operator()(gnutls_certificate_credentials_t made) const { gnutls_certificate_free_credentials(made); }
};
using Certificates = std::unique_ptr<std::remove_pointer_t<gnutls_certificate_credentials_t>, FreeCredentials>;

Certificates make_certificates() {
  gnutls_certificate_credentials_t made = nullptr;
  require_success(gnutls_certificate_allocate_credentials(&made) == 0);
  return Certificates(made);
}

struct FreePriority {
  void operator()(gnutls_priority_t made) const { gnutls_priority_deinit(made); }
};
using Priority = std::unique_ptr<std::remove_pointer_t<gnutls_priority_t>, FreePriority>;

Priority make_priority(const char* text) {
  gnutls_priority_t made = nullptr;
  require_success(gnutls_priority_init(&made, text, nullptr) == 0);
  return Priority(made);
}

/// One end: what it sends is what its peer has arrived.
class End {
 public:
  End(unsigned side, gnutls_priority_t priority, gnutls_certificate_credentials_t certificates) {
    require_success(gnutls_init(&session_, side | GNUTLS_NONBLOCK) == 0);
    require_success(gnutls_priority_set(session_, priority) == 0);
    require_success(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, certificates) == 0);
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_pull_function(session_, pull);
    gnutls_transport_set_push_function(session_, push);
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End() { gnutls_deinit(session_); }

  [[nodiscard]] gnutls_session_t native() const { return session_; }
  [[nodiscard]] bool has_ended() const { return ended_; }
  /// A handshake that has ended would begin another.
  void go_on() { ended_ = ended_ || gnutls_handshake(session_) == 0; }

  End* peer = nullptr;

 private:
  static ssize_t pull(gnutls_transport_ptr_t self, void* data, std::size_t size) {
    auto& end = *static_cast<End*>(self);
    if (end.arrived_.empty()) {
      gnutls_transport_set_errno(end.session_, EAGAIN);
      return -1;
    }
    size = std::min(size, end.arrived_.size());
    end.arrived_.copy(static_cast<char*>(data), size);
    end.arrived_.erase(0, size);
    return static_cast<ssize_t>(size);
  }

  static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
    static_cast<End*>(self)->peer->arrived_.append(static_cast<const char*>(data), size);
    return static_cast<ssize_t>(size);
  }

  gnutls_session_t session_ = nullptr;
  bool ended_ = false;
  std::string arrived_;
};

bool prepare_server(Alpn alpn, gnutls_session_t session, const std::shared_ptr<const Policy>& policy) {
  if (alpn == Alpn::none) return true;
  if (alpn == Alpn::adapter_on_server) return gnutls::set_policy(session, policy).has_value();
  return by_hand::set_protocols(session, GNUTLS_ALPN_SERVER_PRECEDENCE);
}

bool prepare_client(Alpn alpn, gnutls_session_t session, const ProtocolList& offer) {
  if (alpn == Alpn::none) return true;
  if (alpn == Alpn::adapter_on_client) return gnutls::set_offer(session, offer).has_value();
  return by_hand::set_protocols(session, 0);
}

bool answer_is_right(Alpn alpn, gnutls_session_t client) {
  if (alpn == Alpn::none) return true;
  if (alpn == Alpn::adapter_on_client) return require(gnutls::check_answer(client)).has_value();
  return by_hand::check_answer(client);
}

enum class Version { tls_1_2, tls_1_3 };

template <Alpn alpn, Version version>
bool run(long count) {
  const Priority priority =
      make_priority(version == Version::tls_1_3 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" : "NORMAL:-VERS-ALL:+VERS-TLS1.2");
  const Certificates servers = make_certificates();
  const Certificates clients = make_certificates();
  require_success(gnutls_certificate_set_x509_key_file(servers.get(), credentials().chain.c_str(),
                                                       credentials().key.c_str(), GNUTLS_X509_FMT_PEM) == 0);
  const ProtocolIdView ours[] = {protocol::h2, protocol::http_1_1};
  const auto policy = std::make_shared<const Policy>(Preferences::from(ours).value());
  const ProtocolList offer = test::list_of({"h2", "http/1.1"});
  bool right = true;
  for (long i = 0; i < count; ++i) {
    End server(GNUTLS_SERVER, priority.get(), servers.get());
    End client(GNUTLS_CLIENT, priority.get(), clients.get());
    server.peer = &client;
    client.peer = &server;
    right = prepare_server(alpn, server.native(), policy) && prepare_client(alpn, client.native(), offer) && right;
    for (int round = 0; round < 4 && !(client.has_ended() && server.has_ended()); ++round) {
      client.go_on();
      server.go_on();
    }
    right = client.has_ended() && server.has_ended() && answer_is_right(alpn, client.native()) && right;
  }
  return right;
}

constexpr Operation operations[] = {
    {"gnutls-1.3-none", run<Alpn::none, Version::tls_1_3>},
    {"gnutls-1.3-by-hand", run<Alpn::by_hand, Version::tls_1_3>},
    {"gnutls-1.3-server", run<Alpn::adapter_on_server, Version::tls_1_3>},
    {"gnutls-1.3-client", run<Alpn::adapter_on_client, Version::tls_1_3>},
    {"gnutls-1.2-none", run<Alpn::none, Version::tls_1_2>},
    {"gnutls-1.2-by-hand", run<Alpn::by_hand, Version::tls_1_2>},
    {"gnutls-1.2-server", run<Alpn::adapter_on_server, Version::tls_1_2>},
    {"gnutls-1.2-client", run<Alpn::adapter_on_client, Version::tls_1_2>},
};

}  // namespace

std::span<const Operation> gnutls_handshakes() { return operations; }

}  // namespace simplon
