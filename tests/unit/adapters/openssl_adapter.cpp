#include "simplon/adapters/openssl.hpp"
#include "unit/adapters/adapter.hpp"

namespace simplon::test {

namespace {

class Server final : public AdapterServer {
 public:
  explicit Server(const ServerSettings& settings) : context_(make_server_context(settings.version)) {
    openssl::ReportHandler on_report;
    if (settings.on_report)
      on_report = [report = settings.on_report](const SSL*, const Offer& offer) {
        Names names;
        const ProtocolListView offered = offer.names().value();
        for (const ProtocolIdView id : offered)
          names.emplace_back(id.bytes());
        report(names);
      };
    if (settings.chooser)
      openssl::set_policies(context_.get(), settings.chooser, on_report);
    else
      openssl::set_policy(context_.get(), settings.policy, on_report);
  }

  std::unique_ptr<End> accept() override {
    auto end = std::make_unique<OpenSslEnd>(*context_);
    SSL_set_accept_state(end->native());
    return end;
  }

 private:
  ContextOwner context_;
};

const SSL* native_of(const End& end) { return dynamic_cast<const OpenSslEnd&>(end).native(); }

class Client final : public AdapterClient {
 public:
  explicit Client(Version version) : context_(make_client_context(version)) {}

  std::unique_ptr<End> connect(const std::optional<ProtocolList>& offer) override {
    auto end = std::make_unique<OpenSslEnd>(*context_);
    SSL_set_connect_state(end->native());
    if (offer) openssl::set_offer(end->native(), *offer);
    if (server_name) SSL_set_tlsext_host_name(end->native(), server_name->c_str());
    if (session_) SSL_set_session(end->native(), session_.get());
    return end;
  }
  void keep_session(const End& end) override {
    session_.reset(SSL_get1_session(dynamic_cast<const OpenSslEnd&>(end).native()));
  }
  [[nodiscard]] Answer check_answer(const End& end) const override { return openssl::check_answer(native_of(end)); }

 private:
  ContextOwner context_;
  SessionOwner session_;
};

class OpenSsl final : public Adapter {
 public:
  OpenSsl() {
    versions = {Version::tls_1_2, Version::tls_1_3};
    unoffered_alert = SSL_AD_DECODE_ERROR;
  }

  [[nodiscard]] std::expected<std::unique_ptr<AdapterServer>, std::string> make_server(
      const ServerSettings& settings) const override {
    return std::make_unique<Server>(settings);
  }
  [[nodiscard]] std::unique_ptr<AdapterClient> make_client(Version version) const override {
    return std::make_unique<Client>(version);
  }
};

}  // namespace

const Adapter& adapter() {
  static const OpenSsl made;
  return made;
}

}  // namespace simplon::test
