// An end that GnuTLS works on, with or without an adapter.
#pragma once

#include "unit/adapters/adapter.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <gnutls/gnutls.h>

namespace simplon::test {

/// What a server's tickets are encrypted with.
class TicketKey {
 public:
  TicketKey() { gnutls_session_ticket_key_generate(&key_); }
  TicketKey(const TicketKey&) = delete;
  TicketKey& operator=(const TicketKey&) = delete;
  ~TicketKey() { gnutls_free(key_.data); }
  [[nodiscard]] const gnutls_datum_t* get() const { return &key_; }

 private:
  gnutls_datum_t key_{};
};

/// A server has `credentials`; a client does not look at the certificate.
class GnuTlsEnd final : public End {
 public:
  GnuTlsEnd(unsigned side, Version version) {
    gnutls_init(&session_, side | GNUTLS_NONBLOCK);
    const std::string priority = std::string("NORMAL:-VERS-ALL:+VERS-TLS") +
                                 (version == Version::tls_1_3 ? "1.3" : "1.2") +
                                 ":-GROUP-ALL:+GROUP-SECP256R1:+GROUP-X25519";
    EXPECT_EQ(gnutls_priority_set_direct(session_, priority.c_str(), nullptr), 0);
    gnutls_certificate_allocate_credentials(&certificates_);
    if (side == GNUTLS_SERVER) {
      const gnutls_datum_t certificate = datum_of(credentials().certificate);
      const gnutls_datum_t key = datum_of(credentials().key);
      EXPECT_EQ(gnutls_certificate_set_x509_key_mem(certificates_, &certificate, &key, GNUTLS_X509_FMT_PEM), 0);
    }
    gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, certificates_);
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_pull_function(session_, pull);
    gnutls_transport_set_push_function(session_, push);
  }
  GnuTlsEnd(const GnuTlsEnd&) = delete;
  GnuTlsEnd& operator=(const GnuTlsEnd&) = delete;
  ~GnuTlsEnd() override {
    gnutls_deinit(session_);
    gnutls_certificate_free_credentials(certificates_);
  }

  void go_on() override {
    if (handshake == Handshake::going_on) {
      error = gnutls_handshake(session_);
      if (error == 0) handshake = Handshake::done;
    }
    if (handshake == Handshake::done) {
      char nothing = 0;
      error = static_cast<int>(gnutls_record_recv(session_, &nothing, 1));
    }
    if (error == 0 || gnutls_error_is_fatal(error) == 0) return;
    if (handshake == Handshake::going_on) gnutls_alert_send_appropriate(session_, error);
    handshake = Handshake::failed;
  }

  [[nodiscard]] std::optional<std::string> selected() const override {
    gnutls_datum_t name{};
    if (gnutls_alpn_get_selected_protocol(session_, &name) < 0) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(name.data), name.size);
  }
  [[nodiscard]] bool resumed() const override { return gnutls_session_is_resumed(session_) != 0; }
  [[nodiscard]] std::optional<int> alert() const override {
    if (error != GNUTLS_E_FATAL_ALERT_RECEIVED && error != GNUTLS_E_WARNING_ALERT_RECEIVED) return std::nullopt;
    return gnutls_alert_get(session_);
  }
  [[nodiscard]] gnutls_session_t native() const { return session_; }

  int error = 0;  ///< of the last call

 private:
  static gnutls_datum_t datum_of(const std::string& text) {
    // NOLINTNEXTLINE(*-const-cast): it is read only
    return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())), static_cast<unsigned>(text.size())};
  }

  static ssize_t pull(gnutls_transport_ptr_t end, void* out, std::size_t size) {
    auto& self = *static_cast<GnuTlsEnd*>(end);
    if (self.incoming.empty()) {
      gnutls_transport_set_errno(self.session_, EAGAIN);
      return -1;
    }
    const std::size_t taken = std::min(size, self.incoming.size());
    std::memcpy(out, self.incoming.data(), taken);
    self.incoming.erase(0, taken);
    return static_cast<ssize_t>(taken);
  }

  static ssize_t push(gnutls_transport_ptr_t end, const void* data, std::size_t size) {
    static_cast<GnuTlsEnd*>(end)->outgoing.append(static_cast<const char*>(data), size);
    return static_cast<ssize_t>(size);
  }

  gnutls_session_t session_ = nullptr;
  gnutls_certificate_credentials_t certificates_ = nullptr;
};

}  // namespace simplon::test
