// When a session may be resumed. For the sources of this layer only.
#pragma once

#include "route/route_table.hpp"
#include "tls/context.hpp"
#include "tls/digest.hpp"

#include <optional>
#include <string_view>

namespace simplon::tls {

/// What a connection must meet; a session made under one policy never resumes under another.
struct Policy {
  route::TlsVersion min_version = route::TlsVersion::none;
  /// Belongs to the policy because a session must not resume under another name (RFC 6066 §3).
  std::optional<std::string_view> server_name;
  /// What its context demands, see `digest_of`.
  Digest demands{};
};

/// Of what `settings` demand of a client beyond a version: suites, groups, and a certificate of certain authorities,
/// whose digest `authorities` is; null where they demand none.
[[nodiscard]] Digest digest_of(const Settings& settings, const Digest* authorities);

/// The session id context for `policy`. Letters' case and one trailing dot of the name make no difference.
[[nodiscard]] Digest session_id_context(const Policy& policy);

/// Whether two host names are the same but for the case of letters and one trailing dot.
[[nodiscard]] bool same_name(std::string_view left, std::string_view right) noexcept;

}  // namespace simplon::tls
