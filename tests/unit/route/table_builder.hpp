// Short forms for writing route tables and requests in tests.
#pragma once

#include "route/decide.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::route::testing {

inline ProtocolId id(std::string_view bytes) { return ProtocolId::from(bytes).value(); }

/// `any` of `names`; "none" and "*" are meant as in a plain list of the configuration.
inline Match any(std::initializer_list<std::string_view> names) {
  Match match;
  for (const std::string_view name : names) {
    if (name == "none") {
      match.none = true;
    } else if (name == "*") {
      match.every = true;
    } else {
      match.names.push_back(id(name));
    }
  }
  return match;
}

inline Match match(MatchKind kind, std::initializer_list<std::string_view> names) {
  Match result{.kind = kind, .names = {}, .none = false, .every = false};
  for (const std::string_view name : names)
    result.names.push_back(id(name));
  return result;
}

inline RouteSpec route(Match match, std::vector<std::string> server_names = {}, Role role = Role::select) {
  RouteSpec spec;
  spec.server_names = std::move(server_names);
  spec.match = std::move(match);
  spec.role = role;
  return spec;
}

/// A table of one listener.
inline RouteTable table(std::vector<RouteSpec> routes, Order order = Order::server,
                        Mismatch mismatch = Mismatch::reject) {
  return RouteTable::build({{.name = "test", .order = order, .mismatch = mismatch}}, std::move(routes)).value();
}

/// A request that owns its offer.
class Client {
 public:
  Client() = default;
  explicit Client(std::initializer_list<std::string_view> names) {
    std::vector<ProtocolIdView> ids;
    for (const std::string_view name : names)
      ids.push_back(ProtocolIdView::from(name).value());
    offer_ = ProtocolList::from(ids).value();
  }

  Client& server_name(std::string name) {
    server_name_ = std::move(name);
    return *this;
  }
  Client& version(TlsVersion version) {
    version_ = version;
    return *this;
  }
  Client& without_h2_suite() {
    h2_suite_ = false;
    return *this;
  }
  Client& listener(std::uint32_t listener) {
    listener_ = listener;
    return *this;
  }

  [[nodiscard]] Request request() const {
    Request request;
    request.listener = listener_;
    if (server_name_) request.server_name = *server_name_;
    if (offer_) request.offer = offer_->view();
    request.version = version_;
    request.h2_suite = h2_suite_;
    return request;
  }

 private:
  std::optional<ProtocolList> offer_;
  std::optional<std::string> server_name_;
  TlsVersion version_ = TlsVersion::tls_1_3;
  bool h2_suite_ = true;
  std::uint32_t listener_ = 0;
};

/// "route N selects X", "route N", or the refusal's alert: a decision in one comparable word.
inline std::string outcome(const RouteTable& table, const Client& client) {
  const Decision decision = decide(table, client.request());
  if (decision.refusal) return "alert " + std::to_string(static_cast<int>(alert_of(*decision.refusal)));
  std::string text = "route " + std::to_string(*decision.route);
  if (decision.selected) text += " selects " + to_text(*decision.selected);
  return text;
}

}  // namespace simplon::route::testing
