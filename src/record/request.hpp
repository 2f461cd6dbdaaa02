// What is known of one HTTP request when it ends: plain data for the log.
#pragma once

#include "record/reason.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace simplon::record {

/// One request on an `http` route. What came from the client may be hostile; the log escapes it.
struct Request {
  std::chrono::system_clock::time_point started;
  std::string_view listener;  ///< lives as long as the configuration's snapshot
  std::string client;         ///< "203.0.113.7:51234", "[2001:db8::1]:51234"
  std::uint32_t route = 0;    ///< its number in the file, from 1
  std::string method;
  std::string authority;
  std::string path;                   ///< without the query, which may hold secrets
  std::optional<unsigned> status;     ///< nothing: the client left before there was one
  std::string_view protocol;          ///< "h2", "http/1.1" or "http/1.0"
  std::string_view backend_protocol;  ///< "h2c" or "http/1.1"
  std::string_view backend;     ///< as configured, the last one asked; empty: none was. Lives as long as the snapshot
  std::uint64_t bytes_in = 0;   ///< of the request's content
  std::uint64_t bytes_out = 0;  ///< of the response's content, as far as it was taken for sending
  std::chrono::microseconds total{0};
  Reason reason = Reason::none;
  std::string error;  ///< for people
};

}  // namespace simplon::record
