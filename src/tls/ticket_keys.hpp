// Keys of session tickets: what a client keeps of its session is sealed with them (RFC 5077 §4, RFC 8446 §4.6.1).
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "tls/certificate.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace simplon::tls {

/// The first key seals new tickets, all open old ones. Shared by all contexts that are to know each other's sessions:
/// of all routes, before and after a reload, and, with a file, of several gateways. From any thread.
class TicketKeys {
 public:
  using Clock = std::chrono::steady_clock;

  /// AES-256-CBC with HMAC-SHA-256, as RFC 5077 §4 recommends. Erased when it is destroyed.
  struct Key {
    static constexpr std::size_t size = 80;

    std::array<std::byte, 16> name{};  ///< in the clear in each ticket
    std::array<std::byte, 32> mac{};
    std::array<std::byte, 32> cipher{};

    Key() = default;
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();
  };

  /// How long a random key seals tickets; it opens them for as long again.
  static constexpr std::chrono::hours period{12};
  /// More in one file are a mistake.
  static constexpr std::size_t max_keys = 16;

  /// Random keys that never leave this process, a new one after each period. Throws std::bad_alloc where there is no
  /// randomness.
  explicit TicketKeys(Clock::time_point now = Clock::now());
  /// `keys`, at least one, for good.
  explicit TicketKeys(std::vector<Key> keys);

  /// Reads a file of keys: one a line, in base64 of 80 bytes (16 of a name, 32 for HMAC, 32 for AES), the way nginx and
  /// HAProxy lay them out; empty lines and those that begin with # are left out. The file must be for its owner alone.
  [[nodiscard]] static std::expected<std::shared_ptr<TicketKeys>, CertificateError> load(
      const std::filesystem::path& path);

  /// To seal with.
  [[nodiscard]] Key first(Clock::time_point now = Clock::now());

  struct Found {
    Key key;
    bool first = false;  ///< otherwise the session deserves a new ticket
  };
  /// To open what was sealed with the key of this name.
  [[nodiscard]] std::optional<Found> find(std::span<const std::byte, 16> name, Clock::time_point now = Clock::now());

 private:
  void renew(Clock::time_point now);

  std::mutex mutex_;
  std::vector<Key> keys_;
  std::optional<Clock::time_point> renewed_;  // nothing: they are from a file
};

}  // namespace simplon::tls
