// A request and the response to it, the same for HTTP/1.1 and HTTP/2 (RFC 9110).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::serve::http {

/// One field line (RFC 9110 §5). In a Request the name is in lower case.
struct Field {
  std::string name;
  std::string value;
};

/// The protocol that carried a request.
enum class Version : std::uint8_t { http_1_0, http_1_1, http_2 };

/// "HTTP/1.0", "HTTP/1.1" or "HTTP/2".
[[nodiscard]] std::string_view name_of(Version version) noexcept;

/// A whole request, its body read and thrown away.
struct Request {
  std::string method;                    ///< as sent; methods are case-sensitive (RFC 9110 §9.1)
  std::optional<std::string> authority;  ///< Host or :authority, checked; nothing where HTTP/1.0 sent none
  std::string path;  ///< with the query, beginning with "/"; "*" only for OPTIONS; empty for CONNECT
  Version version = Version::http_1_1;
  std::vector<Field> fields;  ///< in the order received, without Host

  /// The first value of the field `name`, which is given in lower case.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;
};

/// A response. The session adds Date, Content-Length and what the connection needs; it drops fields that RFC 9113
/// §8.2.2 keeps for connections and fields whose value could end the line.
struct Response {
  unsigned status = 200;  ///< a final status, 200 to 599
  std::vector<Field> fields;
  std::shared_ptr<const std::string> body;  ///< null: none. Shared, so that many streams may send one page

  /// A response with a body of its own.
  [[nodiscard]] static Response text(unsigned status, std::string_view content_type, std::string content);
};

/// Answers a request. For HEAD it answers as for GET: the session keeps the body back (RFC 9110 §9.3.2).
using Handler = std::function<Response(const Request&)>;

}  // namespace simplon::serve::http
