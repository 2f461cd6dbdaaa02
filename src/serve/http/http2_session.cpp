#include "serve/http/http2_session.hpp"

#include "serve/http/common.hpp"
#include "serve/http/http1_output.hpp"
#include "serve/http/http2_guard.hpp"
#include "serve/http/http2_stream.hpp"
#include "serve/http/nghttp2.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace simplon::serve::http {

/// The session proper: nghttp2's callbacks only note what arrived; nobody else is told before nghttp2 has returned, so
/// no code of others runs inside a C library.
class Http2Session::Engine {
 public:
  Engine(Http2Session& session, Service& service, const Limits& limits)
      : owner_(session), service_(service), limits_(limits), guard_(limits) {
    open();
  }

  ~Engine() {
    for (auto& [id, stream] : streams_)
      gone_.push_back(std::move(stream.exchange));
    streams_.clear();
    settle();
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void receive(Bytes bytes) {
    if (ended_) return;
    const auto taken = nghttp2_session_mem_recv(session_.get(), raw(as_text(bytes)), bytes.size());
    if (taken < 0) {
      // A first byte that is no HTTP/2 (RFC 9113 §3.4), after h2 was selected (RFC 7301 §3.2); or a flood. The other
      // connection errors nghttp2 handles itself, with the GOAWAY that is due.
      const bool flood = taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
      end_with(flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
    }
    settle();
  }

  void receive_end() {
    ended_ = true;
    // The client has gone: nobody reads what is still to be asked for.
    for (auto& [id, stream] : streams_)
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }

  Bytes pending() {
    if (!fill(session_.get(), output_)) dead_ = true;
    settle();
    return output_.pending();
  }

  void consume(std::size_t count) { output_.consume(count); }

  [[nodiscard]] std::size_t wants() const noexcept {
    const bool more = !ended_ && !dead_ && nghttp2_session_want_read(session_.get()) != 0 &&
                      nghttp2_session_get_outbound_queue_size(session_.get()) < max_queued_frames;
    return more ? receive_bytes : 0;
  }

  [[nodiscard]] bool finished() const noexcept {
    if (!output_.empty()) return false;
    if (dead_) return true;
    const bool more_to_write = nghttp2_session_want_write(session_.get()) != 0;
    return !more_to_write && (ended_ || nghttp2_session_want_read(session_.get()) == 0);
  }

  void shutdown() {
    // RFC 9113 §6.8: a first GOAWAY refuses nothing yet, so that no request on its way is lost; the answer to a PING
    // says that the client has seen it.
    if (!draining_) {
      draining_ = true;
      nghttp2_submit_shutdown_notice(session_.get());
      nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
    } else {
      submit_last_goaway();
    }
  }

  [[nodiscard]] bool reads_head() const noexcept { return head_of_ != 0; }
  [[nodiscard]] bool busy() const noexcept { return !streams_.empty(); }

 private:
  // A stream that is a side of its exchange.
  struct Stream final : Http2Stream, Side {
    Stream(Engine& session, std::int32_t number) : engine(session), id(number) {}
    void exchange_changed(Exchange& /*changed*/) override { engine.changed(*this); }

    Engine& engine;
    const std::int32_t id;
  };
  using Streams = std::unordered_map<std::int32_t, Stream>;

  void open() {
    const Nghttp2Callbacks callbacks = make_callbacks();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), on_begin_headers);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks.get(), on_begin_frame);
    nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks.get(), on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(callbacks.get(), on_send_data);

    const Nghttp2Option options = make_options();
    // Its own limit ends with INTERNAL_ERROR; resets are counted here.
    nghttp2_option_set_stream_reset_rate_limit(options.get(), UINT64_MAX, UINT64_MAX);
    nghttp2_session* made = nullptr;
    if (nghttp2_session_server_new2(&made, callbacks.get(), this, options.get()) != 0) {
      dead_ = true;  // out of memory
      return;
    }
    session_.reset(made);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.header_bytes)},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},  // RFC 8441 §3
    };
    nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, connection_window);
  }

  void end_with(std::uint32_t error) {
    nghttp2_session_terminate_session(session_.get(), error);
    if (error == NGHTTP2_ENHANCE_YOUR_CALM) owner_.flooded_ = true;
    owner_.violated_ = true;
    ended_ = true;
  }

  void submit_last_goaway() {
    if (last_goaway_) return;
    last_goaway_ = true;
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
  }

  void hold(Stream& stream, std::size_t bytes) noexcept {
    held_ = held_ - stream.held + bytes;
    stream.held = bytes;
  }

  void touch(Stream& stream) {
    if (std::exchange(stream.touched, true)) return;
    touched_.push_back(stream.id);
  }

  // Tells the other sides what nghttp2 has told.
  void settle() {
    for (const std::shared_ptr<Exchange>& exchange : std::exchange(gone_, {})) {
      exchange->cancel();
      exchange->ended();
    }
    for (std::size_t i = 0; i < touched_.size(); ++i) {
      Stream* const stream = find(touched_[i]);
      if (stream == nullptr) continue;  // reset meanwhile
      stream->touched = false;
      if (stream->started) {
        const std::shared_ptr<Exchange> exchange = stream->exchange;
        exchange->tell_backend();
      } else if (stream->head_whole) {
        start(*stream);
      }
    }
    touched_.clear();
  }

  void start(Stream& stream) {
    stream.started = true;
    const std::shared_ptr<Exchange> exchange = stream.exchange;
    ++owner_.requests_;
    if (auto objection = stream.objection(limits_.header_bytes)) {
      exchange->respond(std::move(*objection));
      return;
    }
    // An extended CONNECT asks for what GET with Upgrade asks for (RFC 8441 §4, RFC 9110 §7.8).
    if (!exchange->request.upgrade.empty()) exchange->request.method = "GET";
    service_.start(exchange);
  }

  // The answering side has said or taken something.
  void changed(Stream& stream) {
    Exchange& exchange = *stream.exchange;
    if (const std::uint64_t consumed = exchange.request_body.consumed(); consumed > stream.returned) {
      nghttp2_session_consume(session_.get(), stream.id, consumed - std::exchange(stream.returned, consumed));
    }
    for (const Response& interim : std::exchange(exchange.interim, {}))
      submit_interim(stream, interim);
    if (exchange.response && !stream.responded) {
      submit_response(stream, exchange);
    } else if (stream.responded && std::exchange(stream.deferred, false)) {
      nghttp2_session_resume_data(session_.get(), stream.id);
    }
    owner_.call_wake();
  }

  void set_head(unsigned status, const Fields& fields) {
    status_text_ = std::to_string(status);
    pairs_.clear();
    pairs_.push_back(pair_of(":status", status_text_));
    for (const Field field : fields)
      pairs_.push_back(pair_of(field.name, field.value));
  }

  void submit_interim(const Stream& stream, const Response& interim) {
    set_head(interim.status, interim.fields);
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream.id, nullptr, pairs_.data(), pairs_.size(),
                           nullptr);
  }

  void submit_response(Stream& stream, Exchange& exchange) {
    const Response& response = *exchange.response;
    stream.responded = true;
    const bool tunnel = exchange.upgraded();
    set_head(tunnel ? 200 : response.status, response.fields);  // RFC 8441 §5
    if (!response.fields.find("date")) pairs_.push_back(pair_of("date", date_now()));
    const std::string length = std::to_string(response.length.value_or(0));
    if (response.length && response.status != 204 && !tunnel) pairs_.push_back(pair_of("content-length", length));
    const bool content = tunnel || (!without_content(response.status) && exchange.request.method != "HEAD");
    hold(stream, response.body ? response.body->size() : 0);
    const bool data = content && !exchange.response_body.finished();
    nghttp2_data_provider provider{{.ptr = &stream}, read_body};
    const bool trailing = content && !data && !exchange.response_body.trailers.empty();
    if (nghttp2_submit_response(session_.get(), stream.id, pairs_.data(), pairs_.size(),
                                data || trailing ? &provider : nullptr) != 0)
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
  }

  static Engine& of(void* user) noexcept { return *static_cast<Engine*>(user); }

  [[nodiscard]] Stream* find(std::int32_t id) noexcept {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
  }

  // Ends the connection where the guard says so.
  void heed(Http2Guard::Verdict verdict) {
    if (verdict) end_with(*verdict);
  }

  // The response is whole, and the request is not: what still comes of it is thrown away, as far as the client may send
  // it without being asked; clients take a reset for a failure where their content is already on its way.
  void finish_early(std::int32_t id) {
    Stream* const stream = find(id);
    if (stream == nullptr || stream->done) return;
    stream->done = true;
    const Body& content = stream->exchange->request_body;
    const std::uint64_t received = content.consumed() + content.size();
    nghttp2_session_consume_connection(session_.get(), received - std::exchange(stream->returned, received));
    gone_.push_back(stream->exchange);
    gone_.back()->client = nullptr;
    ask_to_stop(id);
  }

  // RFC 9113 §8.1: a client that goes on is asked to stop sending, without an error.
  void ask_to_stop(std::int32_t id) noexcept {
    if (nghttp2_session_get_stream_effective_recv_data_length(session_.get(), id) >=
        nghttp2_session_get_stream_effective_local_window_size(session_.get(), id))
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
  }

  void note_reset_sent(std::uint32_t code) {
    // A window that SETTINGS made overflow is an error of the connection (RFC 9113 §6.9.2).
    if (code == NGHTTP2_FLOW_CONTROL_ERROR) nghttp2_session_terminate_session(session_.get(), code);
    // Resets that a client provokes cost what its own do.
    if (code != NGHTTP2_NO_ERROR && code != NGHTTP2_REFUSED_STREAM && code != NGHTTP2_INTERNAL_ERROR)
      heed(guard_.take_reset(Http2Guard::Clock::now()));
  }

  static int on_begin_frame(nghttp2_session* session, const nghttp2_frame_hd* head, void* user) noexcept {
    const Http2Guard::Verdict verdict = of(user).guard_.begin(head->type, head->stream_id, head->length);
    if (!verdict) return 0;
    // Before nghttp2 makes something else of it.
    nghttp2_session_terminate_session(session, *verdict);
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) noexcept {
    Engine& self = of(user);
    const std::int32_t id = frame->hd.stream_id;
    self.head_of_ = id;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    if (self.held_ >= max_held_bytes) {
      self.head_of_ = 0;
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    Stream& stream = self.streams_.try_emplace(id, self, id).first->second;
    stream.exchange = self.service_.open();
    stream.exchange->client = &stream;
    stream.exchange->request.version = Version::http_2;
    // Few streams may hold more each than many.
    constexpr std::size_t least = 16384;
    stream.exchange->response_body.limit(
        std::clamp(max_held_bytes / self.streams_.size(), least, Body::default_capacity));
    self.guard_.take_content();
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) noexcept {
    Engine& self = of(user);
    Stream* const stream = self.find(frame->hd.stream_id);
    if (!stream) return 0;
    const std::string_view field = text_of(name, name_size);
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
      stream->header_bytes += name_size + value_size + 32;
      if (stream->header_bytes <= self.limits_.header_bytes && may_trail(field))
        stream->exchange->request_body.trailers.push_back({field, text_of(value, value_size)});
      return 0;
    }
    const bool taken = stream->take(field, text_of(value, value_size), self.limits_.header_bytes);
    self.hold(*stream, std::min(stream->header_bytes, self.limits_.header_bytes));
    if (!taken) stream->exchange->request.fields.clear();
    return 0;
  }

  static int on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                           std::size_t size, void* user) noexcept {
    Engine& self = of(user);
    Stream* const stream = self.find(id);
    if (stream == nullptr || stream->done) {
      nghttp2_session_consume_connection(session, size);
      if (stream != nullptr) self.ask_to_stop(id);
      return 0;
    }
    self.guard_.take_content();
    stream->exchange->request_body.append(as_bytes(text_of(data, size)));
    self.touch(*stream);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    Engine& self = of(user);
    const bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_PING:
        if (ack && self.draining_) self.submit_last_goaway();
        if (!ack) self.heed(self.guard_.take_idle_frame());
        return 0;
      case NGHTTP2_SETTINGS:
        if (!ack) self.heed(self.guard_.take_idle_frame());
        return 0;
      case NGHTTP2_PRIORITY:
        self.heed(self.guard_.take_idle_frame());
        return 0;
      case NGHTTP2_RST_STREAM:
        self.heed(self.guard_.take_reset(Http2Guard::Clock::now()));
        return 0;
      case NGHTTP2_DATA:
        if (frame->hd.length == 0 && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
          self.heed(self.guard_.take_idle_frame());
        break;
      case NGHTTP2_HEADERS:
        self.head_of_ = 0;
        break;
      default:
        return 0;
    }
    Stream* const stream = self.find(frame->hd.stream_id);
    if (!stream) return 0;
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS && !stream->head_whole) {
      stream->head_whole = true;
      stream->exchange->request.has_content = !end;
    }
    if (end) stream->exchange->request_body.end();
    self.touch(*stream);
    return 0;
  }

  static int on_frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) noexcept {
    Engine& self = of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) self.owner_.violated_ = true;
    if (frame->hd.type == NGHTTP2_DATA && frame->hd.length > 0) self.guard_.take_content();
    if (frame->hd.type == NGHTTP2_RST_STREAM) self.note_reset_sent(frame->rst_stream.error_code);
    const bool response_end = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                              (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (response_end && nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id) == 0)
      self.finish_early(frame->hd.stream_id);
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t, void* user) noexcept {
    Engine& self = of(user);
    if (self.head_of_ == id) self.head_of_ = 0;
    const auto found = self.streams_.find(id);
    if (found == self.streams_.end()) return 0;
    self.hold(found->second, 0);
    if (found->second.done) {
      self.streams_.erase(found);
      return 0;
    }
    // What nobody will take any more no longer narrows the connection's window.
    const Body& content = found->second.exchange->request_body;
    nghttp2_session_consume_connection(session, content.consumed() + content.size() - found->second.returned);
    self.gone_.push_back(std::move(found->second.exchange));
    self.gone_.back()->client = nullptr;
    self.streams_.erase(found);
    return 0;
  }

  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) noexcept {
    Stream& stream = *static_cast<Stream*>(source->ptr);
    const ssize_t size = offer_content(session, id, stream.exchange->response_body, room, flags);
    if (size == NGHTTP2_ERR_DEFERRED) {
      if (stream.exchange->broken()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // RST_STREAM, INTERNAL_ERROR
      stream.deferred = true;
    }
    return size;
  }

  static int on_send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                          nghttp2_data_source* source, void* user) noexcept {
    Stream& stream = *static_cast<Stream*>(source->ptr);
    of(user).touch(stream);
    return move_frame(stream.exchange->response_body, head, size, of(user).output_);
  }

  Http2Session& owner_;
  Service& service_;
  Limits limits_;
  Http2Guard guard_;
  Streams streams_;
  std::vector<std::int32_t> touched_;            ///< streams whose other side is to be told
  std::vector<std::shared_ptr<Exchange>> gone_;  ///< of streams that are closed, whose other side is to be told
  std::vector<nghttp2_nv> pairs_;
  std::string status_text_;
  std::size_t held_ = 0;
  Output output_;
  std::int32_t head_of_ = 0;  ///< the stream whose head is arriving; 0: none
  bool ended_ = false;        ///< nothing more is read
  bool dead_ = false;         ///< nothing more is written
  bool draining_ = false;
  bool last_goaway_ = false;
  Nghttp2Session session_;
};

Http2Session::Http2Session(Service& service, const Limits& limits)
    : engine_(std::make_unique<Engine>(*this, service, limits)) {}

Http2Session::~Http2Session() = default;

void Http2Session::receive(Bytes bytes) { engine_->receive(bytes); }
void Http2Session::receive_end() { engine_->receive_end(); }
Bytes Http2Session::pending() { return engine_->pending(); }
void Http2Session::consume(std::size_t count) { engine_->consume(count); }
std::size_t Http2Session::wants() const { return engine_->wants(); }
bool Http2Session::finished() const { return engine_->finished(); }
void Http2Session::shutdown() { engine_->shutdown(); }
bool Http2Session::reads_head() const { return engine_->reads_head(); }
bool Http2Session::busy() const { return engine_->busy(); }

}  // namespace simplon::serve::http
