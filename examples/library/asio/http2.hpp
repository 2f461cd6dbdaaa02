// The least of an HTTP/2 server on nghttp2: every request is answered with a greeting.
#pragma once

#include <simplon/adapters/asio.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <boost/asio/write.hpp>
#include <nghttp2/nghttp2.h>

/// The protocol's side of one connection: bytes in, bytes out.
class Http2Session {
 public:
  Http2Session() {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, answer);
    nghttp2_session* session = nullptr;
    const int failed = nghttp2_session_server_new(&session, callbacks, nullptr);
    nghttp2_session_callbacks_del(callbacks);
    if (failed != 0) throw std::bad_alloc();
    session_.reset(session);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
  }

  /// Takes what the client sent; whether it was HTTP/2.
  bool feed(const std::uint8_t* data, std::size_t size) {
    return nghttp2_session_mem_recv(session_.get(), data, size) >= 0;
  }

  /// What is to be sent now.
  std::string take() {
    std::string out;
    const std::uint8_t* data = nullptr;
    for (auto size = nghttp2_session_mem_send(session_.get(), &data); size > 0;
         size = nghttp2_session_mem_send(session_.get(), &data)) {
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    }
    return out;
  }

  /// Whether anything is to be expected of the client.
  [[nodiscard]] bool goes_on() const { return nghttp2_session_want_read(session_.get()) != 0; }

 private:
  static constexpr std::string_view body = "hello over h2\n";

  static int answer(nghttp2_session* session, const nghttp2_frame* frame, void*) {
    const bool request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!request || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    std::array name{std::to_array<std::uint8_t>({':', 's', 't', 'a', 't', 'u', 's'})};
    std::array value{std::to_array<std::uint8_t>({'2', '0', '0'})};
    const nghttp2_nv status{name.data(), value.data(), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    const nghttp2_data_provider provider{{.ptr = nullptr}, read_body};
    return nghttp2_submit_response(session, frame->hd.stream_id, &status, 1, &provider);
  }

  // It is shorter than the shortest of buffers.
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t, std::uint32_t* flags,
                           nghttp2_data_source*, void*) {
    std::memcpy(buffer, body.data(), body.size());
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(body.size());
  }

  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };
  std::unique_ptr<nghttp2_session, Delete> session_;
};

/// Serves one connection that speaks h2.
inline boost::asio::awaitable<void> serve_http2(simplon::Connection<> connection) {
  Http2Session session;
  std::array<std::uint8_t, 16384> buffer;
  while (true) {
    const std::string out = session.take();
    if (!out.empty()) {
      co_await boost::asio::async_write(connection.stream, boost::asio::buffer(out), boost::asio::use_awaitable);
    }
    if (!session.goes_on()) co_return;
    boost::system::error_code ended;
    const std::size_t size = co_await connection.stream.async_read_some(
        boost::asio::buffer(buffer), boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    if (ended || !session.feed(buffer.data(), size)) co_return;
  }
}
