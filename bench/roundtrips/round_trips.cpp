// Counts what it takes until HTTP/2 may be spoken, and until the first request in it is answered, over a relay that
// delays each direction: round_trips CERTIFICATE KEY DELAY, for `localhost` and in milliseconds. Prints a line of tab
// separated values for every kind of connection; bench/roundtrips/run makes the document of it.
#include "http2.hpp"
#include "relay.hpp"
#include <simplon/adapters/asio.hpp>

#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>

namespace round_trips {

using namespace std::string_literals;

const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s + "\0\0\0\4\0\0\0\0\0"s;  // and empty SETTINGS

// HEADERS of GET https://localhost/ on a stream: of the static table but for :authority (RFC 7541 Appendix A).
std::string request_on(char stream) {
  const std::string fields = "\x82\x87\x84\x41\x09localhost"s;
  return "\0\0"s + static_cast<char>(fields.size()) + "\1\5\0\0\0"s + stream + fields;
}

// HEADERS of an answer of status 200 without content.
std::string answer_on(char stream) { return "\0\0\1\1\5\0\0\0"s + stream + "\x88"s; }

// Reads frames until the answer on `stream` begins.
template <typename Stream>
asio::awaitable<void> read_answer(Stream& stream, unsigned char wanted) {
  while (true) {
    std::array<unsigned char, 9> header;
    co_await asio::async_read(stream, asio::buffer(header), asio::use_awaitable);
    if (header[3] == 1 && header[8] == wanted) co_return;
    std::vector<char> payload(static_cast<std::size_t>(header[0] << 16 | header[1] << 8 | header[2]));
    co_await asio::async_read(stream, asio::buffer(payload), asio::use_awaitable);
  }
}

template <typename Stream>
asio::awaitable<std::string> read_until_has(Stream& stream, std::string_view wanted) {
  std::string read;
  while (read.find(wanted) == std::string::npos) {
    std::array<char, 4096> buffer;
    const std::size_t size = co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    read.append(buffer.data(), size);
  }
  co_return read;
}

// A server of HTTP/2 without TLS: of clients that know it, and of those that ask (RFC 7540 §3.2; gone with RFC 9113).
asio::awaitable<void> serve_cleartext(tcp::socket socket) {
  std::string answer = "\0\0\0\4\0\0\0\0\0"s;
  const std::string first = co_await read_until_has(socket, "\r\n\r\n");
  if (first.starts_with("GET ")) {
    answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + answer + answer_on(1);
    co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
    answer.clear();
    static_cast<void>(co_await read_until_has(socket, request_on(3)));
  } else if (first.find(request_on(3)) == std::string::npos) {
    static_cast<void>(co_await read_until_has(socket, request_on(3)));
  }
  answer += answer_on(3);
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
  static_cast<void>(co_await read_until_has(socket, "the end"));
}

/// What was counted at one moment.
struct Moment {
  int flights = 0;
  double milliseconds = 0;
};

/// A connection through the relay, on which moments are taken.
class Measured {
 public:
  static asio::awaitable<Measured> dial(tcp::endpoint server, Clock::duration delay) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
    tcp::socket client(executor);
    client.connect(acceptor.local_endpoint());
    tcp::socket outer = acceptor.accept();
    tcp::socket inner(executor);
    inner.connect(server);
    for (tcp::socket* socket : {&client, &outer, &inner})
      socket->set_option(tcp::no_delay(true));
    auto relay = std::make_shared<Relay>(std::move(outer), std::move(inner), delay);
    relay->start();
    co_return Measured(std::move(client), std::move(relay));
  }

  Moment now() const {
    return {relay_->flights(), std::chrono::duration<double, std::milli>(Clock::now() - start_).count()};
  }

  tcp::socket socket;

 private:
  Measured(tcp::socket client, std::shared_ptr<Relay> relay) : socket(std::move(client)), relay_(std::move(relay)) {}

  std::shared_ptr<Relay> relay_;
  Clock::time_point start_ = Clock::now();
};

void print(std::string_view kind, const Moment& ready, const Moment& answered) {
  if (kind.empty()) return;
  std::cout << kind << '\t' << ready.flights << '\t' << static_cast<int>(ready.milliseconds) << '\t' << answered.flights
            << '\t' << static_cast<int>(answered.milliseconds) << std::endl;
}

asio::awaitable<void> measure_tls(std::string_view kind, int version, bool alpn, tcp::endpoint server,
                                  asio::ssl::context& context, Clock::duration delay) {
  Measured measured = co_await Measured::dial(server, delay);
  SSL_CTX_set_max_proto_version(context.native_handle(), version);
  simplon::ConnectOptions options;
  options.server_name = "localhost";
  const std::array ids{simplon::protocol::h2, simplon::protocol::http_1_1};
  if (alpn) options.offer = simplon::make_offer(ids).value();
  auto connection = co_await simplon::connect(std::move(measured.socket), context, std::move(options));
  const Moment ready = measured.now();
  if (connection.protocol.has_value() != alpn) throw std::logic_error("something else was negotiated");
  const std::string request = preface + request_on(1);
  co_await asio::async_write(connection.stream, asio::buffer(request), asio::use_awaitable);
  co_await read_answer(connection.stream, 1);
  print(kind, ready, measured.now());
}

asio::awaitable<void> measure_cleartext(std::string_view kind, bool upgrade, tcp::endpoint server,
                                        Clock::duration delay) {
  Measured measured = co_await Measured::dial(server, delay);
  if (upgrade) {
    const std::string ask =
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    co_await asio::async_write(measured.socket, asio::buffer(ask), asio::use_awaitable);
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      char byte = 0;
      co_await asio::async_read(measured.socket, asio::buffer(&byte, 1), asio::use_awaitable);
      head += byte;
    }
  }
  const Moment ready = measured.now();
  const std::string request = preface + request_on(3);
  co_await asio::async_write(measured.socket, asio::buffer(request), asio::use_awaitable);
  co_await read_answer(measured.socket, 3);
  print(kind, ready, measured.now());
}

asio::awaitable<void> measure_all(tcp::endpoint tls, tcp::endpoint cleartext, asio::ssl::context& context,
                                  Clock::duration delay) {
  co_await measure_tls("", TLS1_3_VERSION, true, tls, context, delay);  // whatever is done for the first time alone
  co_await measure_tls("TLS 1.3 without ALPN", TLS1_3_VERSION, false, tls, context, delay);
  co_await measure_tls("TLS 1.3 with ALPN", TLS1_3_VERSION, true, tls, context, delay);
  co_await measure_tls("TLS 1.2 without ALPN", TLS1_2_VERSION, false, tls, context, delay);
  co_await measure_tls("TLS 1.2 with ALPN", TLS1_2_VERSION, true, tls, context, delay);
  co_await measure_cleartext("no TLS, HTTP/2 known beforehand", false, cleartext, delay);
  co_await measure_cleartext("no TLS, HTTP Upgrade to h2c", true, cleartext, delay);
}

asio::awaitable<void> accept_cleartext(tcp::acceptor& acceptor) {
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), serve_cleartext(std::move(socket)), asio::detached);
  }
}

int run(const char* certificate, const char* key, Clock::duration delay) {
  asio::io_context io;
  asio::ssl::context as_server(asio::ssl::context::tls_server);
  as_server.use_certificate_chain_file(certificate);
  as_server.use_private_key_file(key, asio::ssl::context::pem);
  asio::ssl::context as_client(asio::ssl::context::tls_client);
  as_client.load_verify_file(certificate);
  const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);

  simplon::Server server(io.get_executor(), std::move(as_server));
  server.on("h2", serve_http2).on_none(serve_http2);
  const tcp::endpoint tls = server.listen(any_port);
  server.run(asio::detached);
  tcp::acceptor cleartext(io, any_port);
  asio::co_spawn(io, accept_cleartext(cleartext), asio::detached);

  std::exception_ptr failed;
  asio::co_spawn(io, measure_all(tls, cleartext.local_endpoint(), as_client, delay), [&](std::exception_ptr error) {
    failed = error;
    io.stop();
  });
  io.run();
  if (failed) std::rethrow_exception(failed);
  return 0;
}

}  // namespace round_trips

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: round_trips CERTIFICATE KEY DELAY\n";
    return 2;
  }
  try {
    return round_trips::run(argv[1], argv[2], std::chrono::milliseconds(std::atoi(argv[3])));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
