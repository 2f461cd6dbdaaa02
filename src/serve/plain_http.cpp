#include "serve/look.hpp"
#include "serve/owners.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace simplon::serve {

namespace {

namespace beast = boost::beast::http;

// Where the client believes itself to be: its Host header, if that has come and is nothing but a host and a port.
std::optional<std::string> find_host(Bytes request) {
  beast::request_parser<beast::string_body> parser;
  parser.eager(false);
  boost::system::error_code error;
  parser.put(boost::asio::const_buffer(request.data(), request.size()), error);
  if (error || !parser.is_header_done()) return std::nullopt;
  const auto value = parser.get()[beast::field::host];
  const std::string_view host(value.data(), value.size());
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";
  if (host.empty() || host.size() > 255 || host.find_first_not_of(allowed) != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(host);
}

}  // namespace

net::Task<void> answer_plain_http(Connection& connection) {
  std::optional<std::string> host = find_host(look(connection).stream);
  if (!host) host = connection.local_end().to_text();

  const std::string url = "https://" + *host + "/";
  beast::response<beast::string_body> response(beast::status::bad_request, 11);
  response.set(beast::field::content_type, "text/plain; charset=utf-8");
  response.set(beast::field::connection, "close");
  response.body() = "This port speaks HTTPS: use " + url + "\n";
  response.prepare_payload();
  std::ostringstream text;
  text << response;
  co_await answer_and_close(connection, text.str());
}

}  // namespace simplon::serve
