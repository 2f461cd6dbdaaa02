// What is known of one connection when it ends: plain data, the log's and the inspector's common source.
#pragma once

#include "record/reason.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::record {

/// How a connection ended, as the log says it.
enum class Verdict : std::uint8_t {
  passed,      ///< handed to a backend untouched
  terminated,  ///< TLS ended here
  rejected,    ///< refused by decision, before any handshake
  failed,      ///< anything else that kept it from being served
};

/// "passed", "terminated", "rejected" or "failed".
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;

/// One connection. Text is what the log prints; protocol names are in their text form (`simplon::to_text`).
struct Connection {
  std::chrono::system_clock::time_point started;
  std::string_view listener;                        ///< lives as long as the configuration's snapshot
  std::string client;                               ///< "203.0.113.7:51234", "[2001:db8::1]:51234"
  std::optional<std::string> server_name;           ///< as the client sent it, escaped like a protocol name
  std::optional<std::vector<std::string>> offered;  ///< nothing: no ALPN extension
  bool offered_cut = false;                         ///< `offered` holds only the first names of a very long list
  std::optional<std::string> selected;
  std::optional<std::uint32_t> route;  ///< its number in the file, from 1
  std::string_view action;             ///< "pass", "tcp", …; empty before a decision
  Verdict verdict = Verdict::failed;
  Reason reason = Reason::none;
  bool would_reject = false;
  std::optional<std::uint8_t> alert;  ///< sent by us
  std::string_view tls;               ///< "1.2", "1.3"; empty where we never see it
  std::string cipher;
  bool resumed = false;
  bool ech_offered = false;
  std::string ja4;
  std::string backend;         ///< as configured; empty where there is none
  std::uint64_t bytes_in = 0;  ///< from the client, TLS not counted where we end it
  std::uint64_t bytes_out = 0;
  std::optional<std::chrono::microseconds> hello;      ///< accept to whole hello
  std::optional<std::chrono::microseconds> handshake;  ///< whole hello to end of handshake
  std::chrono::microseconds total{0};
  std::string error;  ///< for people; no payload, key or ticket
};

}  // namespace simplon::record
