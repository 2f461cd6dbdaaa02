// What the behaviour suite holds every adapter to. Each program of the suite has one, and defines `adapter`.
#pragma once

#include "simplon/alpn/offer.hpp"
#include "simplon/alpn/policy.hpp"
#include "simplon/hello/builder.hpp"
#include "unit/adapters/bare_openssl.hpp"

#include <array>
#include <expected>
#include <functional>
#include <memory>
#include <ostream>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon::test {

using Names = std::vector<std::string>;

inline std::vector<ProtocolIdView> ids(const Names& names) {
  std::vector<ProtocolIdView> made;
  for (const auto& name : names)
    made.push_back(ProtocolIdView::from(name).value());
  return made;
}

inline std::shared_ptr<const Policy> policy_of(const Names& names, Mismatch mismatch = Mismatch::reject,
                                               Order order = Order::server) {
  return std::make_shared<const Policy>(Preferences::from(ids(names)).value(), order, mismatch);
}

inline ProtocolList offer_of(const Names& names) { return make_offer(ids(names)).value(); }

inline std::optional<std::string> text_of(std::optional<ProtocolIdView> id) {
  if (!id) return std::nullopt;
  return std::string(id->bytes());
}

struct ServerSettings {
  // NOLINTBEGIN(readability-redundant-member-init): without it, leaving them out of a list would be warned of
  Version version = Version::tls_1_2;
  std::shared_ptr<const Policy> policy = {};
  std::function<std::shared_ptr<const Policy>(std::optional<std::string_view>)> chooser = {};  ///< instead of `policy`
  std::function<void(Names)> on_report = {};                                                   ///< the offer's names
  // NOLINTEND(readability-redundant-member-init)
};

class AdapterServer {
 public:
  AdapterServer() = default;
  AdapterServer(const AdapterServer&) = delete;
  AdapterServer& operator=(const AdapterServer&) = delete;
  virtual ~AdapterServer() = default;
  virtual std::unique_ptr<End> accept() = 0;
};

using Answer = std::expected<std::optional<ProtocolIdView>, WireError>;

class AdapterClient {
 public:
  AdapterClient() = default;
  AdapterClient(const AdapterClient&) = delete;
  AdapterClient& operator=(const AdapterClient&) = delete;
  virtual ~AdapterClient() = default;
  /// Resumes the session that is kept.
  virtual std::unique_ptr<End> connect(const std::optional<ProtocolList>& offer) = 0;
  virtual void keep_session(const End& end) = 0;
  [[nodiscard]] virtual Answer check_answer(const End& end) const = 0;

  std::optional<std::string> server_name;  ///< that it sends
};

class Adapter {
 public:
  Adapter() = default;
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;
  virtual ~Adapter() = default;
  /// Or why the library can't do what the settings say.
  [[nodiscard]] virtual std::expected<std::unique_ptr<AdapterServer>, std::string> make_server(
      const ServerSettings& settings) const = 0;
  [[nodiscard]] virtual std::unique_ptr<AdapterClient> make_client(Version version) const = 0;

  std::vector<Version> versions;                 ///< that the library has
  bool has_every_policy = true;                  ///< else: the server's order, and `Mismatch::reject`
  std::size_t max_name = 255;                    ///< the longest protocol name that the library takes
  Alert empty_name_alert = Alert::decode_error;  ///< about a list with an empty name in it
  /// By which the handshake ends, if it does, after an answer that was not offered.
  std::optional<int> unoffered_alert;
};

const Adapter& adapter();

/// A hello whose ALPN extension has `body`, in one record.
inline std::string hello_with(Version version, std::string_view body) {
  const std::vector<std::byte> share(32, std::byte{9});
  auto builder = ClientHelloBuilder::modern(std::array{KeyShareView{0x1d, share}});
  builder.extension(extension_type::alpn, as_bytes(body));
  if (version == Version::tls_1_2) builder.without_extension(extension_type::supported_versions);
  return std::string(as_text(to_records(builder.build().value())));
}

inline void PrintTo(Version version, std::ostream* out) {
  *out << (version == Version::tls_1_3 ? "TLS 1.3" : "TLS 1.2");
}

/// The name of a suite's parameter.
inline std::string version_of(const testing::TestParamInfo<Version>& parameter) {
  return parameter.param == Version::tls_1_3 ? "TLS_1_3" : "TLS_1_2";
}

}  // namespace simplon::test
