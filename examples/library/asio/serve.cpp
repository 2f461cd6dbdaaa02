// Serves HTTP/2 (with nghttp2) and HTTP/1.1 (with Beast) on one port: serve PORT CERTIFICATE KEY. SIGTERM stops it.
#include "http2.hpp"
#include <simplon/adapters/asio.hpp>

#include <csignal>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace asio = boost::asio;
namespace http = boost::beast::http;

asio::awaitable<void> serve_http1(simplon::Connection<> connection) {
  boost::beast::flat_buffer buffer;
  boost::system::error_code ended;
  for (bool more = true; more;) {
    http::request<http::string_body> request;
    co_await http::async_read(connection.stream, buffer, request, asio::redirect_error(asio::use_awaitable, ended));
    if (ended) co_return;
    http::response<http::string_body> response(http::status::ok, request.version());
    response.keep_alive(request.keep_alive());
    response.body() = "hello over http/1.1\n";
    response.prepare_payload();
    co_await http::async_write(connection.stream, response, asio::use_awaitable);
    more = response.keep_alive();
  }
  co_await connection.stream.async_shutdown(asio::redirect_error(asio::use_awaitable, ended));
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: serve PORT CERTIFICATE KEY\n";
    return 2;
  }
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain_file(argv[2]);
  context.use_private_key_file(argv[3], asio::ssl::context::pem);

  simplon::Server server(io.get_executor(), std::move(context), {.stop_timeout = std::chrono::seconds(5)});
  server.on("h2", serve_http2).on("http/1.1", serve_http1).on_none(serve_http1);  // most preferred first
  server.on_error([](const asio::ip::tcp::endpoint& client, const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
      std::cerr << client << ": " << thrown.what() << std::endl;
    }
  });
  const auto port = static_cast<unsigned short>(std::stoi(argv[1]));
  std::cout << "listening on " << server.listen({asio::ip::address_v4::loopback(), port}) << std::endl;
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code, int) { server.stop(); });
  server.run([](boost::system::error_code error) { std::cout << "stopped: " << error.message() << std::endl; });
  io.run();
}
