// What both HTTP/1.1 parsers share: Boost.Beast's parser with what RFC 9112 asks beyond its grammar, feeding a Body.
#pragma once

#include "serve/http/body.hpp"
#include "serve/http/common.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <cstring>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

namespace simplon::serve::http {

namespace beast = boost::beast::http;
using boost::beast::error_code;

[[nodiscard]] inline std::string_view to_std(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

/// One message. First `read_head` until the head is there, then `read_content` until it `is_done()`.
template <bool is_request>
class Http1Message : public beast::basic_parser<is_request> {
  using Base = beast::basic_parser<is_request>;

 public:
  /// `content` takes what follows the head; it must outlive this.
  Http1Message(std::size_t header_bytes, Body& content) : content_(content), header_bytes_limit_(header_bytes) {
    Base::body_limit(boost::none);
    Base::header_limit(static_cast<std::uint32_t>(header_bytes));
  }

  /// Returns how much of `input` is done with, which ends with the head at the latest.
  std::size_t read_head(Bytes input, error_code& error) {
    Base::eager(false);
    std::size_t used = 0;
    // The first line and the fields are two steps.
    do {
      used += put(input.subspan(used), error);
    } while (!error && !Base::is_header_done() && used < input.size());
    return used;
  }
  /// Likewise for what follows the head; not to be called once all is done.
  std::size_t read_content(Bytes input, error_code& error) {
    Base::eager(true);
    return put(input, error);
  }

 protected:
  /// A field of the head. The name is as sent.
  virtual void take_field(std::string_view name, std::string_view value) = 0;
  /// A rule that the parser itself doesn't know is broken: a field line is folded (RFC 9112 §5.2).
  virtual void take_fold() = 0;

  void count(std::size_t bytes) noexcept { header_bytes_ += bytes; }

 private:
  std::size_t put(Bytes input, error_code& error) {
    input_ = as_text(input);
    return Base::put(boost::asio::const_buffer(input.data(), input.size()), error);
  }

  // The parser joins folded lines: in a buffer of its own, or, where the first was empty, across the line's end.
  [[nodiscard]] bool is_folded(std::string_view name, std::string_view value) const noexcept {
    const char* const after_name = name.data() + name.size();
    const bool inside = value.data() >= input_.data() && value.data() <= input_.data() + input_.size();
    if (!inside || value.data() < after_name) return true;
    return std::memchr(after_name, '\n', static_cast<std::size_t>(value.data() - after_name)) != nullptr;
  }

  void on_field_impl(beast::field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& error) final {
    count(name.size() + value.size() + 4);
    if (header_bytes_ > header_bytes_limit_) {
      // The parser's own limit holds for what is still unread, not for the sum of the lines.
      error = beast::error::header_limit;
      return;
    }
    if (is_folded(to_std(name), to_std(value))) take_fold();
    if (!Base::is_header_done()) {
      take_field(to_std(name), to_std(value));
    } else if (may_trail(to_std(name))) {
      content_.trailers.add_lower(to_std(name), to_std(value));
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) final {}
  std::size_t on_body_impl(boost::beast::string_view body, error_code&) final { return append(body); }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) final {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) final {
    return append(body);
  }
  void on_finish_impl(error_code&) final { content_.end(); }

  std::size_t append(boost::beast::string_view body) {
    content_.append(as_bytes(to_std(body)));
    return body.size();
  }

  Body& content_;
  std::size_t header_bytes_limit_;
  std::size_t header_bytes_ = 0;
  std::string_view input_;
};

}  // namespace simplon::serve::http
