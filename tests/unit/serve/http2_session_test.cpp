// HTTP/2 sessions, driven by nghttp2's client in memory.
#include "serve/http/http2_session.hpp"

#include "serve/http/answering.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

namespace simplon::serve::http {
namespace {

struct Got {
  std::map<std::string, std::string> fields;
  std::string body;
  bool closed = false;
  std::uint32_t error = 0;
};

/// The other implementation's client, without I/O too.
class Client {
 public:
  explicit Client(std::uint32_t window = 65535) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
          self(user).got[frame->hd.stream_id].fields[std::string(reinterpret_cast<const char*>(name), name_size)] =
              std::string(reinterpret_cast<const char*>(value), value_size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks,
        [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* user) {
          self(user).got[id].body.append(reinterpret_cast<const char*>(data), size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
          self(user).got[id].closed = true;
          self(user).got[id].error = error;
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
                                                         [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
                                                           if (frame->hd.type == NGHTTP2_GOAWAY)
                                                             self(user).goaways.push_back(frame->goaway.last_stream_id);
                                                           return 0;
                                                         });
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_client_new2(&session, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &settings, 1);
  }
  ~Client() { nghttp2_session_del(session); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::int32_t ask(const std::string& method, const std::string& path, const std::string& extra = "",
                   nghttp2_data_provider* body = nullptr) {
    std::vector<nghttp2_nv> fields{pair(":method", method), pair(":scheme", "https"), pair(":authority", "example.com"),
                                   pair(":path", path)};
    if (!extra.empty()) fields.push_back(pair("x-extra", extra));
    return nghttp2_submit_request(session, nullptr, fields.data(), fields.size(), body, nullptr);
  }

  std::string output() {
    std::string out;
    const std::uint8_t* data = nullptr;
    while (true) {
      const auto size = nghttp2_session_mem_send(session, &data);
      if (size <= 0) return out;
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    }
  }

  /// Carries bytes both ways until neither side has any.
  void talk(ServerSession& server) {
    while (true) {
      const std::string out = output();
      for (std::size_t at = 0; at < out.size(); at += ServerSession::receive_bytes)
        server.receive(as_bytes(std::string_view(out).substr(at, ServerSession::receive_bytes)));
      const Bytes in = server.pending();
      largest_pending = std::max(largest_pending, in.size());
      if (in.empty() && out.empty()) return;
      EXPECT_EQ(nghttp2_session_mem_recv(session, reinterpret_cast<const std::uint8_t*>(in.data()), in.size()),
                static_cast<ssize_t>(in.size()));
      server.consume(in.size());
    }
  }

  static nghttp2_nv pair(std::string_view name, std::string_view value) {
    return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
            reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
            NGHTTP2_NV_FLAG_NONE};
  }
  static Client& self(void* user) { return *static_cast<Client*>(user); }

  nghttp2_session* session = nullptr;
  std::map<std::int32_t, Got> got;
  std::vector<std::int32_t> goaways;
  std::size_t largest_pending = 0;
};

/// A session that answers by itself.
struct Answering {
  explicit Answering(Handler handler) : service(std::move(handler)), session(service) {}

  AnsweringService service;
  Http2Session session;
};

constexpr std::uint32_t max_streams = Limits{}.streams;

/// A body of `left` bytes.
ssize_t read_zeros(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t room, std::uint32_t* flags,
                   nghttp2_data_source* source, void*) {
  auto& left = *static_cast<std::size_t*>(source->ptr);
  const std::size_t size = std::min(room, left);
  std::fill_n(out, size, std::uint8_t{0});
  left -= size;
  if (left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

Response echo(const Request& request) {
  if (request.path == "/missing") return Response::text(404, "text/plain", "no");
  return Response::text(200, "text/plain", request.method + " " + request.path + " " + request.authority.value_or("-"));
}

/// Type and error code of every frame in `out`.
std::vector<std::pair<int, std::uint32_t>> frames_of(std::string_view out) {
  std::vector<std::pair<int, std::uint32_t>> frames;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(out[at])); };
  while (out.size() >= 9) {
    const std::size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
    std::uint32_t code = 0;
    if (byte(3) == NGHTTP2_GOAWAY) code = byte(13) << 24 | byte(14) << 16 | byte(15) << 8 | byte(16);
    frames.emplace_back(byte(3), code);
    out.remove_prefix(9 + size);
  }
  return frames;
}

std::string drain(ServerSession& session) {
  std::string out;
  while (!session.pending().empty()) {
    const Bytes piece = session.pending();
    out += as_text(piece);
    session.consume(piece.size());
  }
  return out;
}

TEST(Http2Session, AnswersGet) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  const auto id = client.ask("GET", "/page?x=1");
  client.talk(server);
  EXPECT_EQ(client.got[id].fields[":status"], "200");
  EXPECT_EQ(client.got[id].fields["content-length"], "25");
  EXPECT_EQ(client.got[id].fields["content-type"], "text/plain");
  EXPECT_FALSE(client.got[id].fields["date"].empty());
  EXPECT_EQ(client.got[id].body, "GET /page?x=1 example.com");
  EXPECT_TRUE(client.got[id].closed);
  EXPECT_EQ(server.requests(), 1U);
  EXPECT_FALSE(server.finished());
  EXPECT_FALSE(server.violated());
}

TEST(Http2Session, KeepsTheBodyBackForHead) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  const auto id = client.ask("HEAD", "/");
  client.talk(server);
  EXPECT_EQ(client.got[id].fields["content-length"], "18");
  EXPECT_EQ(client.got[id].body, "");
}

TEST(Http2Session, PassesOnWhatTheHandlerDoesNotKnow) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  const auto id = client.ask("GET", "/missing");
  client.talk(server);
  EXPECT_EQ(client.got[id].fields[":status"], "404");
}

TEST(Http2Session, AnswersAHundredStreamsSideBySide) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  client.talk(server);
  for (std::uint32_t i = 0; i < max_streams; ++i)
    client.ask("GET", "/" + std::to_string(i));
  client.talk(server);
  EXPECT_EQ(client.got.size(), max_streams);
  for (auto& [id, got] : client.got)
    EXPECT_EQ(got.body, "GET /" + std::to_string((id - 1) / 2) + " example.com");
}

TEST(Http2Session, GivesTheSameAnswersByteByByte) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  const auto id = client.ask("GET", "/");
  for (const char byte : client.output())
    server.receive(as_bytes({&byte, 1}));
  client.talk(server);
  EXPECT_EQ(client.got[id].body, "GET / example.com");
}

TEST(Http2Session, RefusesALargeHeader) {  // RFC 9113 §10.5.1
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  const auto large = client.ask("GET", "/", std::string(17000, 'x'));
  const auto small = client.ask("GET", "/");
  client.talk(server);
  EXPECT_EQ(client.got[large].fields[":status"], "431");
  EXPECT_EQ(client.got[small].fields[":status"], "200");
}

TEST(Http2Session, ThrowsABodyAwayUpToItsLimit) {
  for (const auto& [size, status] : {std::pair{std::size_t{65536}, "200"}, {std::size_t{65537}, "413"}}) {
    Answering own_server(echo);
    Http2Session& server = own_server.session;
    Client client;
    std::size_t left = size;
    nghttp2_data_provider body{{.ptr = &left}, read_zeros};
    const auto id = client.ask("POST", "/", "", &body);
    client.talk(server);
    EXPECT_EQ(client.got[id].fields[":status"], status) << size;
  }
}

TEST(Http2Session, AsksForTheEndOfABodyThatIsTooLarge) {  // RFC 9113 §8.1
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  std::size_t left = 100'000'000;
  nghttp2_data_provider body{{.ptr = &left}, read_zeros};
  const auto id = client.ask("POST", "/", "", &body);
  client.talk(server);
  EXPECT_EQ(client.got[id].fields[":status"], "413");
  EXPECT_TRUE(client.got[id].closed);
  EXPECT_EQ(client.got[id].error, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_GT(left, 90'000'000U);
}

TEST(Http2Session, EndsAConnectionThatSpeaksHttp1) {  // RFC 7301 §3.2, RFC 9113 §3.4
  for (const std::string_view first : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "P", "PRI * HTTP/2.0\r\n\r\nXX"}) {
    Answering own_server(echo);
    Http2Session& server = own_server.session;
    server.receive(as_bytes(first));
    if (first == "P") server.receive(as_bytes("OST / HTTP/1.1\r\n\r\n"));
    const auto frames = frames_of(drain(server));
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back(), (std::pair<int, std::uint32_t>{NGHTTP2_GOAWAY, NGHTTP2_PROTOCOL_ERROR})) << first;
    EXPECT_TRUE(server.finished());
    EXPECT_TRUE(server.violated());
    EXPECT_FALSE(server.wants_read());
  }
}

TEST(Http2Session, EndsAFloodOfPings) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  client.talk(server);
  const std::string ping("\0\0\x08\x06\0\0\0\0\0........", 17);
  std::string flood;
  for (int i = 0; i < 900; ++i)
    flood += ping;
  // The client never reads; an owner that goes on although it is not asked to is still bounded.
  for (int i = 0; i < 100; ++i)
    server.receive(as_bytes(flood));
  EXPECT_FALSE(server.wants_read());
  EXPECT_TRUE(server.violated());
  const std::string out = drain(server);
  EXPECT_LT(out.size(), 65536U);
  EXPECT_EQ(frames_of(out).back().first, NGHTTP2_GOAWAY);
  EXPECT_TRUE(server.finished());
}

TEST(Http2Session, PausesReadingWhileAcknowledgementsWait) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  client.talk(server);
  const std::string ping("\0\0\x08\x06\0\0\0\0\0........", 17);
  for (int i = 0; i < 300; ++i)
    server.receive(as_bytes(ping));
  EXPECT_FALSE(server.wants_read());
  EXPECT_EQ(frames_of(drain(server)).size(), 300U);
  EXPECT_TRUE(server.wants_read());
}

TEST(Http2Session, SendsAPageAsTheWindowAllows) {  // RFC 9113 §6.9
  const auto page = std::make_shared<const std::string>(5000, 'x');
  Answering own_server([&](const Request&) { return Response{200, {}, page}; });
  Http2Session& server = own_server.session;
  Client client(100);
  const auto id = client.ask("GET", "/");
  client.talk(server);
  EXPECT_EQ(client.got[id].body.size(), 100U);
  while (!client.got[id].closed) {
    const std::size_t before = client.got[id].body.size();
    nghttp2_session_consume(client.session, id, 100);
    client.talk(server);
    ASSERT_GT(client.got[id].body.size(), before);
    ASSERT_LE(client.got[id].body.size(), before + 100);
  }
  EXPECT_EQ(client.got[id].body, *page);
}

TEST(Http2Session, TakesOutputInPieces) {
  const auto page = std::make_shared<const std::string>(1'000'000, 'x');
  Answering own_server([&](const Request&) { return Response{200, {}, page}; });
  Http2Session& server = own_server.session;
  Client client(2'000'000);
  nghttp2_session_set_local_window_size(client.session, NGHTTP2_FLAG_NONE, 0, 2'000'000);
  const auto id = client.ask("GET", "/");
  client.talk(server);
  EXPECT_EQ(client.got[id].body.size(), page->size());
  EXPECT_LE(client.largest_pending, 5 * 16384U + 100U);
}

TEST(Http2Session, RefusesStreamsPastWhatItMayHold) {  // RFC 9113 §8.7
  const auto page = std::make_shared<const std::string>(300'000, 'x');
  Answering own_server([&](const Request&) { return Response{200, {}, page}; });
  Http2Session& server = own_server.session;
  Client client(0);
  client.talk(server);
  for (int i = 0; i < 10; ++i) {
    client.ask("GET", "/");
    client.talk(server);
  }
  std::size_t refused = 0;
  for (auto& [id, got] : client.got)
    if (got.closed && got.error == NGHTTP2_REFUSED_STREAM) ++refused;
  EXPECT_EQ(refused, 6U);
  EXPECT_FALSE(server.finished());
}

TEST(Http2Session, ShutsDownWithoutLosingARequest) {  // RFC 9113 §6.8
  const auto page = std::make_shared<const std::string>(1000, 'x');
  Answering own_server([&](const Request&) { return Response{200, {}, page}; });
  Http2Session& server = own_server.session;
  Client client(100);
  const auto id = client.ask("GET", "/");
  client.talk(server);
  server.shutdown();
  client.talk(server);
  ASSERT_EQ(client.goaways.size(), 2U);
  EXPECT_EQ(client.goaways[0], 0x7fffffff);
  EXPECT_EQ(client.goaways[1], id);
  EXPECT_FALSE(server.finished());
  while (!client.got[id].closed) {
    nghttp2_session_consume(client.session, id, 100);
    client.talk(server);
  }
  EXPECT_EQ(client.got[id].body, *page);
  EXPECT_TRUE(server.finished());
}

TEST(Http2Session, ShutsDownAtOnceWhenAskedTwice) {
  Answering own_server(echo);
  Http2Session& server = own_server.session;
  Client client;
  client.talk(server);
  server.shutdown();
  server.shutdown();
  const auto frames = frames_of(drain(server));
  EXPECT_EQ(std::ranges::count(frames, NGHTTP2_GOAWAY, &std::pair<int, std::uint32_t>::first), 2);
  EXPECT_TRUE(server.finished());
}

}  // namespace
}  // namespace simplon::serve::http
