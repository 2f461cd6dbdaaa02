#include "serve/http/http2_client.hpp"

#include "serve/http/common.hpp"
#include "serve/http/http1_output.hpp"
#include "serve/http/nghttp2.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace simplon::serve::http {

/// The session proper. As at the server's end, callbacks only note what arrived.
class Http2Client::Engine {
 public:
  Engine(Http2Client& session, std::size_t header_bytes) : owner_(session), header_bytes_(header_bytes) { open(); }

  ~Engine() { fail(Failure::broke_off, "the connection was given up"); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void start(std::shared_ptr<Exchange> exchange) {
    const Request& request = exchange->request;
    pairs_.clear();
    pairs_.push_back(pair_of(":method", request.method));
    pairs_.push_back(pair_of(":scheme", "http"));
    pairs_.push_back(pair_of(":authority", request.authority ? std::string_view(*request.authority) : ""));
    pairs_.push_back(pair_of(":path", request.path));
    for (const Field field : request.fields)
      pairs_.push_back(pair_of(field.name, field.value));
    const std::string length = std::to_string(request.length.value_or(0));
    if (request.length) pairs_.push_back(pair_of("content-length", length));
    nghttp2_data_provider provider{{.ptr = nullptr}, read_body};
    const std::int32_t id = nghttp2_submit_request(session_.get(), nullptr, pairs_.data(), pairs_.size(),
                                                   request.has_content ? &provider : nullptr, nullptr);
    if (id < 0) {
      exchange->backend_failed(Failure::overloaded, "no stream was left");
      return;
    }
    Stream& stream = streams_.try_emplace(id, *this, id).first->second;
    stream.exchange = std::move(exchange);
    stream.exchange->backend = &stream;
    owner_.call_wake();
  }

  [[nodiscard]] std::size_t capacity() const noexcept {
    if (ended_ || dead_ || nghttp2_session_check_request_allowed(session_.get()) == 0) return 0;
    const std::uint32_t most =
        std::min(nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), 1000U);
    return most > streams_.size() ? most - streams_.size() : 0;
  }
  [[nodiscard]] bool busy() const noexcept { return !streams_.empty(); }

  void fail(Failure failure, std::string_view detail) {
    ended_ = dead_ = true;
    for (auto& [id, stream] : std::exchange(streams_, {}))
      stream.exchange->backend_failed(failure, detail);
    settle();
  }

  void receive(Bytes bytes) {
    const auto taken = nghttp2_session_mem_recv(session_.get(), raw(as_text(bytes)), bytes.size());
    if (taken < 0) {
      fail(Failure::bad_response, "not HTTP/2 (RFC 9113)");
      return;
    }
    settle();
  }

  void receive_end() { fail(Failure::broke_off, "closed the connection"); }

  Bytes pending() {
    if (!dead_ && !fill(session_.get(), output_)) dead_ = true;
    settle();
    return output_.pending();
  }

  void consume(std::size_t count) { output_.consume(count); }

  [[nodiscard]] std::size_t wants() const noexcept {
    const bool more =
        !ended_ && !dead_ && nghttp2_session_get_outbound_queue_size(session_.get()) < max_queued_frames * 8;
    return more ? receive_bytes : 0;
  }

  [[nodiscard]] bool finished() const noexcept {
    return dead_ || (output_.empty() && nghttp2_session_want_read(session_.get()) == 0 &&
                     nghttp2_session_want_write(session_.get()) == 0);
  }

 private:
  struct Stream final : Side {
    Stream(Engine& session, std::int32_t number) : engine(session), id(number) {}
    void exchange_changed(Exchange& /*changed*/) override { engine.changed(*this); }

    Engine& engine;
    const std::int32_t id;
    std::shared_ptr<Exchange> exchange;
    Response arriving;  ///< a head of which fields are still arriving
    std::size_t header_bytes = 0;
    std::uint64_t returned = 0;  ///< of the response's content: what the backend's window was opened again for
    bool deferred = false;       ///< nghttp2 waits for content
    bool touched = false;
  };

  void open() {
    const Nghttp2Callbacks callbacks = make_callbacks();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(callbacks.get(), on_send_data);
    const Nghttp2Option options = make_options();
    nghttp2_session* made = nullptr;
    if (nghttp2_session_client_new2(&made, callbacks.get(), this, options.get()) != 0) {
      ended_ = dead_ = true;  // out of memory
      return;
    }
    session_.reset(made);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(header_bytes_)},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
    };
    nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, connection_window);
  }

  void touch(Stream& stream) {
    if (std::exchange(stream.touched, true)) return;
    touched_.push_back(stream.id);
  }

  // Tells the other sides what nghttp2 has told.
  void settle() {
    for (const std::int32_t id : std::exchange(touched_, {})) {
      Stream* const stream = find(id);
      if (stream == nullptr) continue;
      stream->touched = false;
      const std::shared_ptr<Exchange> exchange = stream->exchange;
      exchange->tell_client();
    }
    for (Closed& closed : std::exchange(closed_, {})) {
      if (closed.failure == Failure::none) {
        closed.exchange->backend = nullptr;
        closed.exchange->tell_client();
      } else {
        closed.exchange->backend_failed(closed.failure, closed.detail);
      }
    }
  }

  // The client's side has said or taken something.
  void changed(Stream& stream) {
    Exchange& exchange = *stream.exchange;
    if (exchange.abandoned()) {
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
      drop(stream);
    } else {
      if (const std::uint64_t consumed = exchange.response_body.consumed(); consumed > stream.returned) {
        nghttp2_session_consume(session_.get(), stream.id, consumed - std::exchange(stream.returned, consumed));
      }
      if (std::exchange(stream.deferred, false)) nghttp2_session_resume_data(session_.get(), stream.id);
    }
    owner_.call_wake();
  }

  // Nobody waits for the stream any more; nghttp2 may still hear of it.
  void drop(Stream& stream) {
    const Body& content = stream.exchange->response_body;
    nghttp2_session_consume_connection(session_.get(), content.consumed() + content.size() - stream.returned);
    stream.exchange->backend = nullptr;
    streams_.erase(stream.id);
  }

  static Engine& of(void* user) noexcept { return *static_cast<Engine*>(user); }

  [[nodiscard]] Stream* find(std::int32_t id) noexcept {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    if (Stream* const stream = of(user).find(frame->hd.stream_id)) {
      stream->arriving = {};
      stream->header_bytes = 0;
    }
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) noexcept {
    Engine& self = of(user);
    Stream* const stream = self.find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    stream->header_bytes += name_size + value_size + 32;  // RFC 9113 §6.5.2
    if (stream->header_bytes > self.header_bytes_) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::string_view field = text_of(name, name_size);
    const std::string_view text = text_of(value, value_size);
    if (field == ":status") {
      stream->arriving.status = static_cast<unsigned>(parse_length(text).value_or(0));
    } else if (field == "content-length") {
      stream->arriving.length = parse_length(text);
    } else {
      stream->arriving.fields.push_back({field, text});
    }
    return 0;
  }

  static int on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                           std::size_t size, void* user) noexcept {
    Engine& self = of(user);
    Stream* const stream = self.find(id);
    if (stream == nullptr) {
      nghttp2_session_consume_connection(session, size);
      return 0;
    }
    stream->exchange->response_body.append(as_bytes(text_of(data, size)));
    self.touch(*stream);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    Engine& self = of(user);
    Stream* const stream = self.find(frame->hd.stream_id);
    if (stream == nullptr || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) return 0;
    Exchange& exchange = *stream->exchange;
    if (frame->hd.type == NGHTTP2_HEADERS) {
      if (exchange.response) {
        exchange.response_body.trailers = std::move(stream->arriving.fields);
      } else if (stream->arriving.status < 200) {
        exchange.interim.push_back(std::move(stream->arriving));
      } else {
        exchange.response = std::move(stream->arriving);
        static_cast<void>(exchange.objection_to_response());  // only ever to a 101, which HTTP/2 does not have
      }
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) exchange.response_body.end();
    self.touch(*stream);
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) noexcept {
    Engine& self = of(user);
    Stream* const stream = self.find(id);
    if (stream == nullptr) return 0;
    const bool whole = stream->exchange->response && stream->exchange->response_body.ended();
    Closed closed{.exchange = stream->exchange, .failure = Failure::none, .detail = {}};
    if (!whole) {
      closed.failure = error == NGHTTP2_REFUSED_STREAM ? Failure::overloaded : Failure::broke_off;
      closed.detail = std::string("reset the stream: ") + nghttp2_http2_strerror(error);
    }
    self.closed_.push_back(std::move(closed));
    self.drop(*stream);
    return 0;
  }

  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) noexcept {
    Stream* const stream = of(user).find(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const ssize_t size = offer_content(session, id, stream->exchange->request_body, room, flags);
    if (size == NGHTTP2_ERR_DEFERRED) stream->deferred = true;
    return size;
  }

  static int on_send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t size,
                          nghttp2_data_source*, void* user) noexcept {
    Engine& self = of(user);
    Stream* const stream = self.find(frame->hd.stream_id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    self.touch(*stream);
    return move_frame(stream->exchange->request_body, head, size, self.output_);
  }

  struct Closed {
    std::shared_ptr<Exchange> exchange;
    Failure failure;
    std::string detail;
  };

  Http2Client& owner_;
  std::size_t header_bytes_;
  std::unordered_map<std::int32_t, Stream> streams_;
  std::vector<std::int32_t> touched_;  ///< streams whose other side is to be told
  std::vector<Closed> closed_;         ///< streams that have ended, likewise
  std::vector<nghttp2_nv> pairs_;
  Output output_;
  bool ended_ = false;  ///< takes no more exchanges
  bool dead_ = false;   ///< nothing more is written
  Nghttp2Session session_;
};

Http2Client::Http2Client(std::size_t header_bytes) : engine_(std::make_unique<Engine>(*this, header_bytes)) {}
Http2Client::~Http2Client() = default;

void Http2Client::start(std::shared_ptr<Exchange> exchange) { engine_->start(std::move(exchange)); }
std::size_t Http2Client::capacity() const { return engine_->capacity(); }
bool Http2Client::busy() const { return engine_->busy(); }
void Http2Client::fail(Failure failure, std::string_view detail) { engine_->fail(failure, detail); }
void Http2Client::receive(Bytes bytes) { engine_->receive(bytes); }
void Http2Client::receive_end() { engine_->receive_end(); }
Bytes Http2Client::pending() { return engine_->pending(); }
void Http2Client::consume(std::size_t count) { engine_->consume(count); }
std::size_t Http2Client::wants() const { return engine_->wants(); }
bool Http2Client::finished() const { return engine_->finished(); }

}  // namespace simplon::serve::http
