#include "simplon/adapters/mbedtls.hpp"
#include "unit/adapters/mbedtls_end.hpp"

namespace simplon::test {

namespace {

class Server final : public AdapterServer {
 public:
  /// Nothing, or why not.
  std::optional<std::string> set_policy(const Policy& policy) {
    auto protocols = mbedtls::set_policy(configuration_.native(), policy);
    if (!protocols) return std::string(protocols.error());
    protocols_.emplace(std::move(*protocols));
    return std::nullopt;
  }

  std::unique_ptr<End> accept() override { return std::make_unique<MbedTlsEnd>(configuration_); }

 private:
  MbedTlsConfiguration configuration_{MBEDTLS_SSL_IS_SERVER};
  std::optional<mbedtls::Protocols> protocols_;
};

/// A configuration offers one list, so that every connection has its own.
class Client final : public AdapterClient {
 public:
  Client() { mbedtls_ssl_session_init(&session_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override { mbedtls_ssl_session_free(&session_); }

  std::unique_ptr<End> connect(const std::optional<ProtocolList>& offer) override {
    auto& configuration = configurations_.emplace_back(std::make_unique<MbedTlsConfiguration>(MBEDTLS_SSL_IS_CLIENT));
    if (offer) protocols_.push_back(mbedtls::set_offer(configuration->native(), *offer).value());
    auto end = std::make_unique<MbedTlsEnd>(*configuration);
    if (server_name) {
      EXPECT_EQ(mbedtls_ssl_set_hostname(end->native(), server_name->c_str()), 0);
    }
    if (kept_) {
      EXPECT_EQ(mbedtls_ssl_set_session(end->native(), &session_), 0);
    }
    return end;
  }
  void keep_session(const End& end) override {
    kept_ = mbedtls_ssl_get_session(native_of(end), &session_) == 0;
    EXPECT_TRUE(kept_);
  }
  [[nodiscard]] Answer check_answer(const End& end) const override { return mbedtls::check_answer(native_of(end)); }

 private:
  static const mbedtls_ssl_context* native_of(const End& end) { return dynamic_cast<const MbedTlsEnd&>(end).native(); }

  std::vector<std::unique_ptr<MbedTlsConfiguration>> configurations_;
  std::vector<mbedtls::Protocols> protocols_;
  mbedtls_ssl_session session_;
  bool kept_ = false;
};

class MbedTls final : public Adapter {
 public:
  MbedTls() {
    versions = {Version::tls_1_2};
    has_every_policy = false;
    empty_name_alert = Alert::illegal_parameter;
    unoffered_alert = MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE;
  }

  [[nodiscard]] std::expected<std::unique_ptr<AdapterServer>, std::string> make_server(
      const ServerSettings& settings) const override {
    if (settings.chooser) return std::unexpected("there is no function for it");
    auto server = std::make_unique<Server>();
    if (const auto refused = server->set_policy(*settings.policy)) return std::unexpected(*refused);
    return server;
  }
  [[nodiscard]] std::unique_ptr<AdapterClient> make_client(Version /*version*/) const override {
    return std::make_unique<Client>();
  }
};

}  // namespace

const Adapter& adapter() {
  static const MbedTls made;
  return made;
}

}  // namespace simplon::test
