// The route table: which connection goes where, by listener, server name and offer. Immutable once built.
#pragma once

#include "route/match.hpp"
#include "simplon/alpn/policy.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simplon::route {

/// TLS versions as on the wire (RFC 8446 §4.1.2).
enum class TlsVersion : std::uint16_t {
  none = 0,
  tls_1_0 = 0x0301,
  tls_1_1 = 0x0302,
  tls_1_2 = 0x0303,
  tls_1_3 = 0x0304
};

/// Who negotiates on a route.
enum class Role : std::uint8_t {
  select,    ///< we terminate TLS and select the protocol (RFC 7301 §3.2)
  delegate,  ///< the match decides who gets the connection; the backend negotiates (`pass`)
  mirror,    ///< likewise, and we terminate TLS and pass the client's list on: the backend selects
  reject,    ///< the connection is refused with no_application_protocol
};

/// TLS ends here on a route of this role, so what is forbidden inside our TLS counts.
[[nodiscard]] constexpr bool terminates(Role role) noexcept { return role == Role::select || role == Role::mirror; }

/// A listener, as far as routing knows it.
struct ListenerSpec {
  std::string name;
  Order order = Order::server;
  Mismatch mismatch = Mismatch::reject;
};

/// A route, as far as routing knows it. Its place among the others is its preference.
struct RouteSpec {
  /// Lower-case A-label names: exact, `*.parent` (one label), or `*` (any name, or none). Empty: like `*`.
  std::vector<std::string> server_names;
  Match match;
  std::vector<std::uint32_t> listeners;   ///< indexes of listeners; empty: all of them
  TlsVersion min_tls = TlsVersion::none;  ///< what the client must at least have
  Role role = Role::select;
};

/// Why a table can't be built.
struct TableError {
  enum class Code : std::uint8_t {
    invalid_server_name,  ///< neither an exact name, nor `*.parent`, nor `*`
    empty_match,          ///< matches nothing: no name, no `none`, no `*`
    grease_name,          ///< a GREASE name (RFC 8701) is never selected
    h2c_selected,         ///< `h2c` on a route that terminates TLS (RFC 9113 §3.2)
    acme_in_all,          ///< `acme-tls/1` in an `all` match can't hold (RFC 8737 §3)
    too_many_protocols,   ///< more than RouteTable::max_protocols distinct names
    no_route_for_none,    ///< `ignore` or `report` on a listener without a route that takes `none`
  };
  Code code;
  std::uint32_t index;  ///< of the route, or of the listener where `no_route_for_none`
  std::string detail;   ///< the name concerned, in text form; empty where there is none
};

/// One line for a person: what is wrong and how to mend it.
[[nodiscard]] std::string describe(const TableError& error);

/// Routes and listeners prepared for `decide`: names interned, server names hashed. Building allocates, deciding does
/// not. Immutable, so it may be read from any number of threads.
class RouteTable {
 public:
  /// Distinct protocol names in all routes together.
  static constexpr std::size_t max_protocols = 1024;

  [[nodiscard]] static std::expected<RouteTable, TableError> build(std::vector<ListenerSpec> listeners,
                                                                   std::vector<RouteSpec> routes);

  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;
  ~RouteTable();

  [[nodiscard]] const std::vector<ListenerSpec>& listeners() const noexcept;
  [[nodiscard]] const std::vector<RouteSpec>& routes() const noexcept;

  /// What `decide` works on.
  struct Compiled;
  [[nodiscard]] const Compiled& compiled() const noexcept { return *compiled_; }

 private:
  explicit RouteTable(std::unique_ptr<Compiled> compiled) noexcept;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace simplon::route
