// A request and the response to it, the same for HTTP/1.1 and HTTP/2 (RFC 9110).
#pragma once

#include "serve/http/fields.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace simplon::serve::http {

/// The protocol that carried a message.
enum class Version : std::uint8_t { http_1_0, http_1_1, http_2 };

/// "HTTP/1.0", "HTTP/1.1" or "HTTP/2".
[[nodiscard]] std::string_view name_of(Version version) noexcept;

/// The head of a request: all but its content and its trailers.
struct Request {
  std::string method;                    ///< as sent; methods are case-sensitive (RFC 9110 §9.1)
  std::optional<std::string> authority;  ///< Host or :authority, checked; nothing where HTTP/1.0 sent none
  std::string path;  ///< with the query, beginning with "/"; "*" only for OPTIONS; empty for CONNECT
  Version version = Version::http_1_1;
  Fields fields;                        ///< in the order received, without Host and Content-Length
  bool has_content = false;             ///< content or trailers follow
  std::optional<std::uint64_t> length;  ///< of the content, in bytes, where the client said so
  bool expects_continue = false;        ///< the client waits for 100 (Continue) (RFC 9110 §10.1.1)
  /// What the client wants to turn the connection or stream into: the token of Upgrade (RFC 9110 §7.8), or of :protocol
  /// (RFC 8441 §4); empty: nothing.
  std::string upgrade;

  /// The first value of the field `name`, which is given in lower case.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept {
    return fields.find(name);
  }
};

/// A response: its head, and where it was made here, its content too. The session adds Date, Content-Length and what
/// the connection needs; it drops fields that RFC 9113 §8.2.2 keeps for connections and fields whose value could end
/// the line.
struct Response {
  unsigned status = 200;                               ///< 100 to 599
  Fields fields;                                       ///< without Content-Length
  std::shared_ptr<const std::string> body = nullptr;   ///< null: none, or it follows. Shared, so that many streams may
                                                       ///< send one page
  std::optional<std::uint64_t> length = std::nullopt;  ///< of a content that follows, where that is known

  /// A response with a body of its own.
  [[nodiscard]] static Response text(unsigned status, std::string_view content_type, std::string content);
};

/// Answers a request. For HEAD it answers as for GET: the session keeps the body back (RFC 9110 §9.3.2).
using Handler = std::function<Response(const Request&)>;

}  // namespace simplon::serve::http
