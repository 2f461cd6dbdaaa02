// The server's side of the negotiation: its own list, whose order decides, and what a mismatch leads to
// (RFC 7301 §3.2). The client's side is in offer.hpp.
#pragma once

#include "simplon/alpn/protocol_list.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace simplon {

/// Whose preference decides between protocols that both sides have.
enum class Order : std::uint8_t {
  server,  ///< the server's, as RFC 7301 §3.2 expects
  client,  ///< the client's
};

/// What becomes of an offer that has no protocol in common with the server's list.
enum class Mismatch : std::uint8_t {
  reject,  ///< alert 120, no_application_protocol, as RFC 7301 §3.2 demands
  ignore,  ///< the handshake goes on without ALPN, which RFC 7301 does not allow
  report,  ///< likewise, and `Outcome::would_reject` says so: for a server on its way from `ignore` to `reject`
};

/// What a client offered, as a server sees it. Another type than `Preferences`, so that the two can't change places.
/// Valid as long as the bytes that the list was parsed from.
class Offer {
 public:
  /// `ClientHelloView::alpn` fits as it is: nothing is a client without the extension.
  explicit constexpr Offer(std::optional<ProtocolListView> names) noexcept : names_(names) {}

  /// From what TLS libraries hand to their selection callbacks: the names without the two-byte length before them.
  /// Fails like `ProtocolListView::parse_names`; `alert_of` the error is what to answer.
  [[nodiscard]] static std::expected<Offer, WireError> from_names(Bytes names) noexcept;

  /// The names; nothing where the client sent no ALPN extension.
  [[nodiscard]] constexpr std::optional<ProtocolListView> names() const noexcept { return names_; }

 private:
  std::optional<ProtocolListView> names_;
};

/// The protocols that a server speaks, most preferred first. It owns its names.
class Preferences {
 public:
  /// Copies `ids`. Fails with `empty_list`, `list_too_long`, `duplicate_name`, or `h2c_offered` (RFC 9113 §3.2: "h2c"
  /// is never used inside TLS).
  [[nodiscard]] static std::expected<Preferences, WireError> from(std::span<const ProtocolIdView> ids);

  /// The names, valid until this object changes.
  [[nodiscard]] ProtocolListView names() const noexcept { return names_.view(); }

 private:
  explicit Preferences(ProtocolList names) noexcept : names_(std::move(names)) {}

  ProtocolList names_;
};

/// What a server does about an offer.
enum class Verdict : std::uint8_t {
  selected,  ///< it answers with `Outcome::selected`
  declined,  ///< it goes on without an ALPN extension in its answer
  rejected,  ///< it ends the handshake with `Outcome::alert`
};

/// What a policy makes of one offer. Names in it are valid as long as the policy.
class Outcome {
 public:
  /// What to do.
  [[nodiscard]] constexpr Verdict verdict() const noexcept { return verdict_; }
  /// The one name to answer with, always one that the client offered; set with `Verdict::selected` only.
  [[nodiscard]] constexpr std::optional<ProtocolIdView> selected() const noexcept { return selected_; }
  /// The fatal alert to send; set with `Verdict::rejected` only.
  [[nodiscard]] std::optional<Alert> alert() const noexcept;
  /// The client offered, and nothing in common was found, whatever the policy made of it.
  [[nodiscard]] constexpr bool mismatch() const noexcept { return mismatch_; }
  /// `Mismatch::report` let through what `Mismatch::reject` would have rejected.
  [[nodiscard]] constexpr bool would_reject() const noexcept { return would_reject_; }
  /// The place in the standards that the outcome follows from, such as "RFC 7301 §3.2"; it lives as long as the
  /// program.
  [[nodiscard]] std::string_view section() const noexcept;

 private:
  friend class Policy;
  constexpr Outcome() noexcept = default;

  Verdict verdict_ = Verdict::declined;
  std::optional<ProtocolIdView> selected_;
  bool mismatch_ = false;
  bool would_reject_ = false;
};

/// A server's policy. Immutable: any number of threads may ask it.
class Policy {
 public:
  /// Takes over `preferences`. The defaults are what RFC 7301 §3.2 says.
  explicit Policy(Preferences preferences, Order order = Order::server, Mismatch mismatch = Mismatch::reject) noexcept
      : preferences_(std::move(preferences)), order_(order), mismatch_(mismatch) {}

  /// Judges `offer`; allocates nothing. A client without ALPN is declined, never rejected.
  [[nodiscard]] Outcome select(const Offer& offer) const& noexcept;
  /// The outcome would outlive what it refers to.
  Outcome select(const Offer& offer) const&& = delete;

  [[nodiscard]] const Preferences& preferences() const noexcept { return preferences_; }  ///< as it was given
  [[nodiscard]] Order order() const noexcept { return order_; }                           ///< as it was given
  [[nodiscard]] Mismatch mismatch() const noexcept { return mismatch_; }                  ///< as it was given

 private:
  Preferences preferences_;
  Order order_;
  Mismatch mismatch_;
};

}  // namespace simplon
