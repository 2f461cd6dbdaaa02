#include "load/https.hpp"

#include "load/sockets.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <openssl/err.h>
#include <unistd.h>

namespace simplon::bench {

namespace {

constexpr std::string_view authority = "bench.example";

// What Chromium announces: windows of 6 MiB for a stream and 15 MiB for the connection.
constexpr std::int32_t stream_window = 6 * 1024 * 1024;
constexpr std::int32_t connection_window = 15 * 1024 * 1024;

std::string_view wire_name(Protocol protocol) {
  using namespace std::string_view_literals;
  return protocol == Protocol::h2 ? "\2h2"sv : "\x8http/1.1"sv;
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): nghttp2 does not write to it
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {.name = bytes(name), .value = bytes(value), .namelen = name.size(), .valuelen = value.size(), .flags = 0};
}

// The number after a header's name, which is given in lower case with its colon; -1 where there is none.
std::int64_t number_after(std::string head, std::string_view name) {
  std::ranges::transform(head, head.begin(), [](unsigned char byte) { return std::tolower(byte); });
  const std::size_t at = head.find(name);
  if (at == std::string::npos) return -1;
  const char* begin = head.data() + at + name.size();
  while (*begin == ' ')
    ++begin;
  std::int64_t number = -1;
  std::from_chars(begin, head.data() + head.size(), number);
  return number;
}

}  // namespace

ContextPointer make_context() {
  ContextPointer context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) give_up("SSL_CTX_new");
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

// nghttp2's callbacks.
struct Connection::Http2 {
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t, void*) {
    auto* const answer = static_cast<Answer*>(nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
    const std::string_view what(reinterpret_cast<const char*>(name), name_size);
    if (answer == nullptr || what != ":status") return 0;
    const auto* const begin = reinterpret_cast<const char*>(value);
    std::from_chars(begin, begin + value_size, answer->status);
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream, const std::uint8_t*, std::size_t size,
                     void* connection) {
    auto* const answer = static_cast<Answer*>(nghttp2_session_get_stream_user_data(session, stream));
    if (answer != nullptr) answer->bytes += size;
    static_cast<Connection*>(connection)->body_bytes_ += size;
    return 0;
  }

  static int on_close(nghttp2_session* session, std::int32_t stream, std::uint32_t error, void* connection) {
    const std::unique_ptr<Answer> answer(static_cast<Answer*>(nghttp2_session_get_stream_user_data(session, stream)));
    if (answer == nullptr) return 0;
    if (error != NGHTTP2_NO_ERROR) answer->status = 0;
    static_cast<Connection*>(connection)->finish(*answer);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* connection) {
    const bool acknowledged = frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (acknowledged) static_cast<Connection*>(connection)->ready_ = true;
    return 0;
  }
};

Connection::Connection(SSL_CTX* context, const Plan& plan, OnAnswer on_answer)
    : plan_(plan),
      on_answer_(std::move(on_answer)),
      descriptor_(connect_to(plan.port)),
      tls_(SSL_new(context), SSL_free) {
  if (descriptor_ < 0) give_up("connect");
  const std::string_view name = wire_name(plan.protocol);
  SSL_set_alpn_protos(tls_.get(), reinterpret_cast<const unsigned char*>(name.data()),
                      static_cast<unsigned int>(name.size()));
  SSL_set_tlsext_host_name(tls_.get(), std::string(authority).c_str());
  SSL_set_fd(tls_.get(), descriptor_);
  SSL_set_connect_state(tls_.get());
}

Connection::~Connection() {
  session_.reset();
  tls_.reset();
  ::close(descriptor_);
}

bool Connection::advance(std::uint64_t read_limit) {
  if (!shaken_ && !shake_hands()) return false;
  if (!shaken_) return true;
  // Written first, so that a request goes out at once; and again, for reading gives rise to acknowledgements.
  return write() && read(read_limit) && write();
}

bool Connection::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result != 1) {
    const int error = SSL_get_error(tls_.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }
  shaken_ = true;
  const unsigned char* selected = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_.get(), &selected, &size);
  if (std::string_view(reinterpret_cast<const char*>(selected), size) != wire_name(plan_.protocol).substr(1)) {
    errno = 0;
    give_up("the server selected another protocol");
  }
  if (plan_.protocol == Protocol::h2) {
    start_http2();
  } else {
    ready_ = true;
  }
  return true;
}

void Connection::start_http2() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Http2::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Http2::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Http2::on_close);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Http2::on_frame);
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  session_.reset(session);
  const std::array<nghttp2_settings_entry, 2> settings{{
      {.settings_id = NGHTTP2_SETTINGS_ENABLE_PUSH, .value = 0},
      {.settings_id = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, .value = stream_window},
  }};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, connection_window);
}

void Connection::ask(std::uint64_t request) {
  ++open_requests_;
  if (plan_.protocol == Protocol::http_1_1) {
    current_ = {.request = request, .status = 0, .bytes = 0};
    outgoing_ +=
        fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n", plan_.path, authority);
    return;
  }
  const std::array headers{header(":method", "GET"),    header(":scheme", "https"),    header(":authority", authority),
                           header(":path", plan_.path), header("user-agent", "bench"), header("accept", "*/*")};
  auto answer = std::make_unique<Answer>(Answer{.request = request, .status = 0, .bytes = 0});
  if (nghttp2_submit_request(session_.get(), nullptr, headers.data(), headers.size(), nullptr, answer.release()) < 0) {
    give_up("nghttp2_submit_request");
  }
}

bool Connection::write() {
  for (;;) {
    if (session_ != nullptr) {
      const std::uint8_t* data = nullptr;
      ssize_t size = 0;
      while ((size = nghttp2_session_mem_send(session_.get(), &data)) > 0)
        outgoing_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
      if (size < 0) return false;
    }
    if (outgoing_.empty()) return true;
    ERR_clear_error();
    const int size = SSL_write(tls_.get(), outgoing_.data(), static_cast<int>(outgoing_.size()));
    if (size <= 0) return SSL_get_error(tls_.get(), size) == SSL_ERROR_WANT_WRITE;
    outgoing_.erase(0, static_cast<std::size_t>(size));
  }
}

bool Connection::read(std::uint64_t limit) {
  static std::array<char, 16 * 1024> buffer;
  while (limit > 0) {
    ERR_clear_error();
    const int size =
        SSL_read(tls_.get(), buffer.data(), static_cast<int>(std::min<std::uint64_t>(limit, buffer.size())));
    if (size <= 0) return SSL_get_error(tls_.get(), size) == SSL_ERROR_WANT_READ;
    if (!take(buffer.data(), static_cast<std::size_t>(size))) return false;
    limit -= static_cast<std::uint64_t>(size);
  }
  return true;
}

bool Connection::take(const char* data, std::size_t size) {
  if (session_ == nullptr) return take_http_1(data, size);
  return nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(data), size) >= 0;
}

bool Connection::take_http_1(const char* data, std::size_t size) {
  std::string_view rest(data, size);
  if (!in_body_) {
    const std::size_t before = head_.size();
    head_ += rest;
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    rest.remove_prefix(end + 4 - before);
    head_.resize(end + 4);
    if (!read_head()) return false;
  }
  const std::size_t of_body = std::min<std::uint64_t>(left_, rest.size());
  current_.bytes += of_body;
  body_bytes_ += of_body;
  left_ -= of_body;
  if (left_ > 0) return true;
  in_body_ = false;
  finish(current_);
  return of_body == rest.size();
}

bool Connection::read_head() {
  current_.status = static_cast<int>(number_after(head_, "http/1.1"));
  const std::int64_t length = number_after(head_, "\ncontent-length:");
  head_.clear();
  if (length < 0 || open_requests_ == 0) return false;
  left_ = static_cast<std::uint64_t>(length);
  in_body_ = true;
  return true;
}

void Connection::finish(const Answer& answer) {
  --open_requests_;
  on_answer_(answer);
}

std::string Connection::describe() const {
  const int group = static_cast<int>(SSL_get_negotiated_group(tls_.get()));
  const char* const name = SSL_group_to_name(tls_.get(), group);
  return fmt::format(R"("protocol": "{}", "tls": "{}", "cipher": "{}", "group": "{}")",
                     wire_name(plan_.protocol).substr(1), SSL_get_version(tls_.get()), SSL_get_cipher_name(tls_.get()),
                     name == nullptr ? "" : name);
}

}  // namespace simplon::bench
