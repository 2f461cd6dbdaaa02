#include "simplon/adapters/gnutls.hpp"
#include "unit/adapters/gnutls_end.hpp"

namespace simplon::test {

namespace {

using Made = std::expected<std::unique_ptr<AdapterServer>, std::string>;

class Server final : public AdapterServer {
 public:
  explicit Server(ServerSettings settings) : settings_(std::move(settings)) {}

  std::unique_ptr<End> accept() override { return std::move(make().value()); }

  std::expected<std::unique_ptr<GnuTlsEnd>, std::string> make() {
    auto end = std::make_unique<GnuTlsEnd>(GNUTLS_SERVER, settings_.version);
    gnutls_session_ticket_enable_server(end->native(), tickets_.get());
    gnutls::ReportHandler on_report;
    if (settings_.on_report)
      on_report = [report = settings_.on_report](gnutls_session_t, const Offer& offer) {
        Names names;
        const ProtocolListView offered = offer.names().value();
        for (const ProtocolIdView id : offered)
          names.emplace_back(id.bytes());
        report(names);
      };
    const auto set = settings_.chooser ? gnutls::set_policies(end->native(), settings_.chooser, on_report)
                                       : gnutls::set_policy(end->native(), settings_.policy, on_report);
    if (!set) return std::unexpected(std::string(set.error()));
    return end;
  }

 private:
  ServerSettings settings_;
  TicketKey tickets_;
};

class Client final : public AdapterClient {
 public:
  explicit Client(Version version) : version_(version) {}

  std::unique_ptr<End> connect(const std::optional<ProtocolList>& offer) override {
    auto end = std::make_unique<GnuTlsEnd>(GNUTLS_CLIENT, version_);
    if (offer) {
      EXPECT_TRUE(gnutls::set_offer(end->native(), *offer));
    }
    if (server_name) {
      EXPECT_EQ(gnutls_server_name_set(end->native(), GNUTLS_NAME_DNS, server_name->data(), server_name->size()), 0);
    }
    if (!session_.empty()) {
      EXPECT_EQ(gnutls_session_set_data(end->native(), session_.data(), session_.size()), 0);
    }
    return end;
  }
  void keep_session(const End& end) override {
    gnutls_datum_t data{};
    ASSERT_EQ(gnutls_session_get_data2(native_of(end), &data), 0);
    session_.assign(reinterpret_cast<const char*>(data.data), data.size);
    gnutls_free(data.data);
  }
  [[nodiscard]] Answer check_answer(const End& end) const override { return gnutls::check_answer(native_of(end)); }

 private:
  static gnutls_session_t native_of(const End& end) { return dynamic_cast<const GnuTlsEnd&>(end).native(); }

  Version version_;
  std::string session_;
};

class GnuTls final : public Adapter {
 public:
  GnuTls() {
    versions = {Version::tls_1_2, Version::tls_1_3};
    max_name = 31;
    unoffered_alert = 47;
  }

  [[nodiscard]] Made make_server(const ServerSettings& settings) const override {
    auto server = std::make_unique<Server>(settings);
    if (const auto end = server->make(); !end) return std::unexpected(end.error());
    return server;
  }
  [[nodiscard]] std::unique_ptr<AdapterClient> make_client(Version version) const override {
    return std::make_unique<Client>(version);
  }
};

}  // namespace

const Adapter& adapter() {
  static const GnuTls made;
  return made;
}

}  // namespace simplon::test
