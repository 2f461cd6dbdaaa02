// Offers protocols to a server and says what was agreed on: fetch HOST PORT AUTHORITIES PROTOCOL..., where AUTHORITIES
// is a PEM file. Over http/1.1 it fetches / as well.
#include <simplon/adapters/asio.hpp>

#include <iostream>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace asio = boost::asio;
namespace http = boost::beast::http;

asio::awaitable<void> fetch(std::string host, std::string port, asio::ssl::context& context,
                            simplon::ProtocolList offer) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  const auto addresses = co_await resolver.async_resolve(host, port, asio::use_awaitable);
  asio::ip::tcp::socket socket(executor);
  co_await asio::async_connect(socket, addresses, asio::use_awaitable);

  simplon::ConnectOptions options;
  options.offer = std::move(offer);
  options.server_name = host;
  auto connection = co_await simplon::connect(std::move(socket), context, std::move(options));
  std::cout << "agreed on " << to_text(*connection.protocol) << '\n';
  if (*connection.protocol != simplon::protocol::http_1_1) co_return;

  http::request<http::empty_body> request(http::verb::get, "/", 11);
  request.set(http::field::host, host);
  co_await http::async_write(connection.stream, request, asio::use_awaitable);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  co_await http::async_read(connection.stream, buffer, response, asio::use_awaitable);
  std::cout << response.body();
}

int main(int argc, char** argv) try {
  std::vector<simplon::ProtocolIdView> names;
  for (int i = 4; i < argc; ++i)
    names.push_back(simplon::ProtocolIdView::from(argv[i]).value());
  const auto offer = simplon::make_offer(names);
  if (!offer) {
    std::cerr << "usage: fetch HOST PORT AUTHORITIES PROTOCOL...\n";
    return 2;
  }
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.load_verify_file(argv[3]);
  asio::io_context io;
  asio::co_spawn(io, fetch(argv[1], argv[2], context, *offer), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
