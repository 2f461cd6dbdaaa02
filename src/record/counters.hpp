// What one shard has counted: written by its thread alone, read by any, summed over the shards by who reads.
#pragma once

#include "record/connection.hpp"
#include "record/labels.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace simplon::record {

/// A number with one writer: no lock, and no locked instruction either.
class Count {
 public:
  void add(std::uint64_t number = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
  }
  /// Takes back what was added.
  void remove() noexcept { value_.store(value_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// How often a time lay below each bound.
class Histogram {
 public:
  using Duration = std::chrono::microseconds;
  static constexpr std::array<Duration, 18> bounds = {
      Duration(100),        Duration(250),        Duration(500),       Duration(1'000),     Duration(2'500),
      Duration(5'000),      Duration(10'000),     Duration(25'000),    Duration(50'000),    Duration(100'000),
      Duration(250'000),    Duration(500'000),    Duration(1'000'000), Duration(2'500'000), Duration(5'000'000),
      Duration(10'000'000), Duration(30'000'000), Duration(60'000'000)};

  void observe(Duration time) noexcept;
  /// How many lay at or below `bounds[index]` and above the one before it; with the index behind the last, above all.
  [[nodiscard]] std::uint64_t count(std::size_t index) const noexcept { return counts_[index].value(); }
  /// Of all times, in microseconds.
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_.value(); }
  void add(const Histogram& other) noexcept;

 private:
  std::array<Count, bounds.size() + 1> counts_;
  Count sum_;
};

/// The client's protocol of a request.
enum class RequestProtocol : std::uint8_t { http_1_0, http_1_1, h2 };
inline constexpr std::array<std::string_view, 3> request_protocols = {"http/1.0", "http/1.1", "h2"};

/// "http/1.0", "http/1.1" or "h2".
[[nodiscard]] constexpr std::string_view name_of(RequestProtocol protocol) noexcept {
  return request_protocols[static_cast<std::size_t>(protocol)];
}

/// The status class of a request: its index is the first digit, 0 where there was no response.
inline constexpr std::array<std::string_view, 6> status_classes = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

/// What is counted of an HTTP request when it ends.
struct CountedRequest {
  RequestProtocol protocol = RequestProtocol::http_1_1;
  std::optional<unsigned> status;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::microseconds total{0};
};

/// Every counter of one shard under one configuration. What counts is for its thread, and neither allocates nor fails.
class alignas(64) Counters {
 public:
  explicit Counters(std::shared_ptr<const Labels> counted);
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  void begin_connection(std::uint32_t listener) noexcept { listeners[listener].active.add(); }
  void end_connection(std::uint32_t listener, const Connection& facts) noexcept;
  /// A whole hello has come: what it offers, each name once and without GREASE.
  void count_hello(std::uint32_t listener, std::optional<ProtocolListView> offer, bool would_reject,
                   std::chrono::microseconds time) noexcept;
  /// `tls`: "1.2" or "1.3".
  void count_handshake(std::optional<ProtocolIdView> selected, std::string_view tls,
                       std::chrono::microseconds time) noexcept;
  void count_request(const CountedRequest& request) noexcept;
  /// An HTTP request, or a connection for how HTTP was spoken on it, was refused.
  void count_http_refusal(Reason reason) noexcept { http_refused[static_cast<std::size_t>(reason)].add(); }
  /// `backend` as configured.
  void count_backend_error(std::string_view backend) noexcept;

  /// Adds what `other` has counted, which another thread may be counting on. By name: a listener or a backend that is
  /// unknown here is left out, and such a protocol goes to the others.
  void add(const Counters& other) noexcept;

  // Lines of the cache of their own, for other shards' stand beside them.
  struct alignas(64) OfListener {
    std::array<Count, 4> connections;  ///< by verdict
    Count active;
    std::vector<Count> would_reject;  ///< by protocol
  };
  struct alignas(64) OfProtocol {
    Count offered;
    std::array<Count, 2> negotiated;  ///< with TLS 1.2, 1.3
  };
  struct alignas(64) OfRequests {
    std::array<Count, status_classes.size()> statuses;
    Histogram seconds;
  };
  using ByReason = std::array<Count, reason_count>;

  const std::shared_ptr<const Labels> labels;
  std::vector<OfListener> listeners;
  std::vector<OfProtocol> protocols;
  std::vector<Count> backend_errors;  ///< by backend
  ByReason rejects;                   ///< of connections with the verdict `rejected`
  ByReason failures;                  ///< of all others
  ByReason http_refused;
  Histogram hello;
  Histogram handshake;
  std::array<OfRequests, request_protocols.size()> requests;
  Count bytes_in;  ///< of connections
  Count bytes_out;
  Count request_bytes_in;  ///< of requests' content
  Count request_bytes_out;

 private:
  // The last offer in which each protocol was counted: an offer's repetitions count for nothing.
  std::vector<std::uint64_t> last_offer_;
  std::uint64_t offers_ = 0;
};

/// Counts the bytes of one connection's direction, and with them those of all.
class Meter {
 public:
  Meter(std::uint64_t& own, Count& all) noexcept : own_(own), all_(all) {}
  void add(std::uint64_t bytes) noexcept {
    own_ += bytes;
    all_.add(bytes);
  }
  /// Of this connection, so far.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return own_; }

 private:
  std::uint64_t& own_;
  Count& all_;
};

}  // namespace simplon::record
