// An end that Mbed TLS works on, with or without an adapter.
#pragma once

#include "unit/adapters/adapter.hpp"

#include <algorithm>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>

namespace simplon::test {

/// A configuration and what it needs; a server has `credentials` and keeps sessions, a client does not look at the
/// certificate.
class MbedTlsConfiguration {
 public:
  explicit MbedTlsConfiguration(int side) {
    mbedtls_entropy_init(&entropy_);
    mbedtls_ctr_drbg_init(&random_);
    mbedtls_ssl_config_init(&configuration_);
    mbedtls_x509_crt_init(&certificate_);
    mbedtls_pk_init(&key_);
    mbedtls_ssl_cache_init(&sessions_);
    EXPECT_EQ(mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0), 0);
    EXPECT_EQ(
        mbedtls_ssl_config_defaults(&configuration_, side, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
        0);
    mbedtls_ssl_conf_rng(&configuration_, mbedtls_ctr_drbg_random, &random_);
    mbedtls_ssl_conf_authmode(&configuration_, MBEDTLS_SSL_VERIFY_NONE);
    if (side == MBEDTLS_SSL_IS_CLIENT) return;
    mbedtls_ssl_conf_session_cache(&configuration_, &sessions_, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
    const auto& [certificate, key] = credentials();
    EXPECT_EQ(mbedtls_x509_crt_parse(&certificate_, reinterpret_cast<const unsigned char*>(certificate.c_str()),
                                     certificate.size() + 1),
              0);
    EXPECT_EQ(
        mbedtls_pk_parse_key(&key_, reinterpret_cast<const unsigned char*>(key.c_str()), key.size() + 1, nullptr, 0),
        0);
    EXPECT_EQ(mbedtls_ssl_conf_own_cert(&configuration_, &certificate_, &key_), 0);
  }
  MbedTlsConfiguration(const MbedTlsConfiguration&) = delete;
  MbedTlsConfiguration& operator=(const MbedTlsConfiguration&) = delete;
  ~MbedTlsConfiguration() {
    mbedtls_ssl_config_free(&configuration_);
    mbedtls_ssl_cache_free(&sessions_);
    mbedtls_pk_free(&key_);
    mbedtls_x509_crt_free(&certificate_);
    mbedtls_ctr_drbg_free(&random_);
    mbedtls_entropy_free(&entropy_);
  }

  [[nodiscard]] mbedtls_ssl_config* native() { return &configuration_; }

 private:
  mbedtls_entropy_context entropy_;
  mbedtls_ctr_drbg_context random_;
  mbedtls_ssl_config configuration_;
  mbedtls_x509_crt certificate_;
  mbedtls_pk_context key_;
  mbedtls_ssl_cache_context sessions_;
};

class MbedTlsEnd final : public End {
 public:
  explicit MbedTlsEnd(MbedTlsConfiguration& configuration) {
    mbedtls_ssl_init(&connection_);
    EXPECT_EQ(mbedtls_ssl_setup(&connection_, configuration.native()), 0);
    mbedtls_ssl_set_bio(&connection_, this, send, receive, nullptr);
  }
  MbedTlsEnd(const MbedTlsEnd&) = delete;
  MbedTlsEnd& operator=(const MbedTlsEnd&) = delete;
  ~MbedTlsEnd() override { mbedtls_ssl_free(&connection_); }

  void go_on() override {
    if (handshake != Handshake::going_on) return;
    int status = 0;
    // A session that is resumed has nothing but this to tell of it: its handshake has no certificate.
    while (status == 0 && connection_.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
      certificate_ = certificate_ || connection_.state == MBEDTLS_SSL_SERVER_KEY_EXCHANGE;
      status = mbedtls_ssl_handshake_step(&connection_);
    }
    if (status == 0)
      handshake = Handshake::done;
    else if (status != MBEDTLS_ERR_SSL_WANT_READ)
      handshake = Handshake::failed;
    alert_ = status == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
  }

  [[nodiscard]] std::optional<std::string> selected() const override {
    const char* const name = mbedtls_ssl_get_alpn_protocol(&connection_);
    return name == nullptr ? std::nullopt : std::optional<std::string>(name);
  }
  [[nodiscard]] bool resumed() const override { return handshake == Handshake::done && !certificate_; }
  [[nodiscard]] std::optional<int> alert() const override {
    if (!alert_) return std::nullopt;
    return connection_.in_msg[1];  // where Mbed TLS leaves it
  }
  [[nodiscard]] mbedtls_ssl_context* native() { return &connection_; }
  [[nodiscard]] const mbedtls_ssl_context* native() const { return &connection_; }

 private:
  static int send(void* end, const unsigned char* data, std::size_t size) {
    static_cast<MbedTlsEnd*>(end)->outgoing.append(reinterpret_cast<const char*>(data), size);
    return static_cast<int>(size);
  }

  static int receive(void* end, unsigned char* out, std::size_t size) {
    auto& incoming = static_cast<MbedTlsEnd*>(end)->incoming;
    if (incoming.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
    const std::size_t taken = std::min(size, incoming.size());
    std::copy_n(incoming.data(), taken, out);
    incoming.erase(0, taken);
    return static_cast<int>(taken);
  }

  mbedtls_ssl_context connection_;
  bool certificate_ = false;
  bool alert_ = false;
};

}  // namespace simplon::test
