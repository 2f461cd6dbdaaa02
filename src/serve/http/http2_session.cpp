#include "serve/http/http2_session.hpp"

#include "serve/http/common.hpp"
#include "serve/http/http2_stream.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace simplon::serve::http {

namespace {

/// Output is taken from nghttp2 until it is this large, and again only when it is written.
constexpr std::size_t output_bytes = 16384;
/// Frames that wait for their turn, such as acknowledgements, before reading pauses.
constexpr std::size_t max_queued_frames = 128;

const std::uint8_t* raw(std::string_view text) noexcept { return reinterpret_cast<const std::uint8_t*>(text.data()); }

std::string_view text(const std::uint8_t* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

struct Deleter {
  void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  void operator()(nghttp2_session_callbacks* callbacks) const noexcept { nghttp2_session_callbacks_del(callbacks); }
  void operator()(nghttp2_option* option) const noexcept { nghttp2_option_del(option); }
};

/// Owns nothing: nghttp2 copies names and values when it is given them.
nghttp2_nv pair_of(std::string_view name, std::string_view value) noexcept {
  return {const_cast<std::uint8_t*>(raw(name)), const_cast<std::uint8_t*>(raw(value)), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

/// The session proper: nghttp2's callbacks only note what arrived; requests are answered when nghttp2 has returned, so
/// no handler runs inside a C library.
class Http2Session::Engine {
 public:
  Engine(Handler handler, const Limits& limits, std::uint64_t& requests, bool& violated)
      : handler_(std::move(handler)), limits_(limits), requests_(requests), violated_(violated) {
    open();
  }

  void receive(Bytes bytes) {
    if (ended_) return;
    const auto taken = nghttp2_session_mem_recv(session_.get(), raw(as_text(bytes)), bytes.size());
    if (taken < 0) {
      // A first byte that is no HTTP/2 (RFC 9113 §3.4), after h2 was selected (RFC 7301 §3.2); or a flood. The other
      // connection errors nghttp2 handles itself, with the GOAWAY that is due.
      const bool flooded = taken == NGHTTP2_ERR_FLOODED;
      nghttp2_session_terminate_session(session_.get(), flooded ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
      violated_ = true;
      ended_ = true;
      return;
    }
    answer_ready();
  }

  void receive_end() noexcept { ended_ = true; }

  Bytes pending() {
    while (output_.size() < output_bytes) {
      const std::uint8_t* data = nullptr;
      const auto size = nghttp2_session_mem_send(session_.get(), &data);
      if (size < 0) dead_ = true;
      if (size <= 0) break;
      output_.append(text(data, static_cast<std::size_t>(size)));
    }
    return as_bytes(output_).subspan(written_);
  }

  void consume(std::size_t count) {
    written_ += count;
    if (written_ < output_.size()) return;
    output_.clear();
    written_ = 0;
  }

  [[nodiscard]] bool wants_read() const noexcept {
    return !ended_ && !dead_ && nghttp2_session_want_read(session_.get()) != 0 &&
           nghttp2_session_get_outbound_queue_size(session_.get()) < max_queued_frames;
  }

  [[nodiscard]] bool finished() const noexcept {
    if (written_ < output_.size()) return false;
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

 private:
  using Streams = std::unordered_map<std::int32_t, Http2Stream>;

  void open() {
    nghttp2_session_callbacks* made_callbacks = nullptr;
    nghttp2_session_callbacks_new(&made_callbacks);
    const std::unique_ptr<nghttp2_session_callbacks, Deleter> callbacks(made_callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks.get(), on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), on_stream_close);

    nghttp2_option* made_option = nullptr;
    nghttp2_option_new(&made_option);
    const std::unique_ptr<nghttp2_option, Deleter> option(made_option);
    nghttp2_option_set_no_closed_streams(option.get(), 1);
    nghttp2_option_set_max_outbound_ack(option.get(), 4 * max_queued_frames);
    nghttp2_option_set_max_deflate_dynamic_table_size(option.get(), 4096);

    nghttp2_session* made_session = nullptr;
    if (nghttp2_session_server_new2(&made_session, callbacks.get(), this, option.get()) != 0) {
      dead_ = true;  // out of memory
      return;
    }
    session_.reset(made_session);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.header_bytes)},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65535},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0},
    };
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings, std::size(settings));
  }

  void submit_last_goaway() {
    if (last_goaway_) return;
    last_goaway_ = true;
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
  }

  void hold(Http2Stream& stream, std::size_t bytes) noexcept {
    held_ = held_ - stream.held + bytes;
    stream.held = bytes;
  }

  void answer_ready() {
    while (!ready_.empty()) {
      const std::int32_t id = ready_.front();
      ready_.pop_front();
      const auto found = streams_.find(id);
      if (found == streams_.end() || found->second.answered) continue;  // reset meanwhile
      answer(id, found->second);
    }
  }

  void answer(std::int32_t id, Http2Stream& stream) {
    const Request& request = stream.request;
    const bool bad_authority = stream.host_differs || (request.authority && !valid_authority(*request.authority));
    ++requests_;
    Response response;
    if (stream.header_bytes > limits_.header_bytes) {
      response = refusal(431, "the header is too large (RFC 6585 §5)");
    } else if (stream.body_bytes > limits_.body_bytes) {
      response = refusal(413, "the content is too large (RFC 9110 §15.5.14)");
    } else if (bad_authority) {
      response = refusal(400, "the authority is invalid (RFC 9113 §8.3.1)");
    } else {
      response = handler_(request);
    }
    submit(id, stream, response);
  }

  void submit(std::int32_t id, Http2Stream& stream, const Response& response) {
    const std::string status = std::to_string(response.status);
    const std::string length = std::to_string(response.body ? response.body->size() : 0);
    const std::string date = date_now();
    std::vector<std::string> names;
    names.reserve(response.fields.size());  // views into it are taken below
    std::vector<nghttp2_nv> pairs{pair_of(":status", status)};
    for (const Field& field : response.fields) {
      if (!may_send(field)) continue;
      names.push_back(lower_case(field.name));  // RFC 9113 §8.2
      pairs.push_back(pair_of(names.back(), field.value));
    }
    pairs.push_back(pair_of("date", date));
    const bool content = !without_content(response.status);
    if (content) pairs.push_back(pair_of("content-length", length));

    stream.answered = true;
    if (content && stream.request.method != "HEAD" && response.body && !response.body->empty()) {
      stream.body = response.body;
    }
    stream.request = {};
    hold(stream, stream.body ? stream.body->size() : 0);
    nghttp2_data_provider provider{{.ptr = this}, read_body};
    if (nghttp2_submit_response(session_.get(), id, pairs.data(), pairs.size(), stream.body ? &provider : nullptr) != 0)
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
  }

  static Engine& of(void* user) noexcept { return *static_cast<Engine*>(user); }

  [[nodiscard]] Http2Stream* find(std::int32_t id) noexcept {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) noexcept {
    Engine& self = of(user);
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    if (self.held_ >= max_held_bytes) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    self.streams_[frame->hd.stream_id].request.version = Version::http_2;
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) noexcept {
    Engine& self = of(user);
    Http2Stream* const stream = self.find(frame->hd.stream_id);
    if (!stream || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // trailers are read and thrown away
    const bool taken = stream->take(text(name, name_size), text(value, value_size), self.limits_);
    self.hold(*stream, std::min(stream->header_bytes, self.limits_.header_bytes));
    if (!taken) stream->request.fields.clear();
    return 0;
  }

  static int on_data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t*, std::size_t size,
                           void* user) noexcept {
    Engine& self = of(user);
    Http2Stream* const stream = self.find(id);
    if (!stream) return 0;
    stream->body_bytes += size;
    if (stream->body_bytes > self.limits_.body_bytes && !stream->whole) {
      stream->whole = true;
      self.ready_.push_back(id);
    }
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    Engine& self = of(user);
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0 && self.draining_)
      self.submit_last_goaway();
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    Http2Stream* const stream = self.find(frame->hd.stream_id);
    if (!stream || stream->whole) return 0;
    // A request whose fields are lost is answered at once, any other at its end.
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 || stream->header_bytes > self.limits_.header_bytes) {
      stream->whole = true;
      self.ready_.push_back(frame->hd.stream_id);
    }
    return 0;
  }

  static int on_frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) noexcept {
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) of(user).violated_ = true;
    const bool response_end = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                              (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    // RFC 9113 §8.1: after a whole response to half a request the client is asked to stop sending, without an error.
    if (response_end && nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id) == 0)
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) noexcept {
    Engine& self = of(user);
    if (Http2Stream* const stream = self.find(id)) self.hold(*stream, 0);
    self.streams_.erase(id);
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t room, std::uint32_t* flags,
                           nghttp2_data_source*, void* user) noexcept {
    Http2Stream* const stream = of(user).find(id);
    if (!stream || !stream->body) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t size = std::min(room, stream->body->size() - stream->sent);
    std::memcpy(out, stream->body->data() + stream->sent, size);
    stream->sent += size;
    if (stream->sent == stream->body->size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  Handler handler_;
  Limits limits_;
  std::uint64_t& requests_;
  bool& violated_;
  Streams streams_;
  std::deque<std::int32_t> ready_;  ///< requests to answer
  std::size_t held_ = 0;
  std::string output_;
  std::size_t written_ = 0;
  bool ended_ = false;  ///< nothing more is read
  bool dead_ = false;   ///< nothing more is written
  bool draining_ = false;
  bool last_goaway_ = false;
  std::unique_ptr<nghttp2_session, Deleter> session_;
};

Http2Session::Http2Session(Handler handler, Limits limits)
    : engine_(std::make_unique<Engine>(std::move(handler), limits, requests_, violated_)) {}

Http2Session::~Http2Session() = default;

void Http2Session::receive(Bytes bytes) { engine_->receive(bytes); }
void Http2Session::receive_end() { engine_->receive_end(); }
Bytes Http2Session::pending() { return engine_->pending(); }
void Http2Session::consume(std::size_t count) { engine_->consume(count); }
bool Http2Session::wants_read() const { return engine_->wants_read(); }
bool Http2Session::finished() const { return engine_->finished(); }
void Http2Session::shutdown() { engine_->shutdown(); }

}  // namespace simplon::serve::http
