// Stands between clients and a server on this machine: mirror PORT CERTIFICATE KEY UPSTREAM_PORT AUTHORITIES. Both
// sides speak what the server selects of the client's own list.
#include <simplon/adapters/asio.hpp>

#include <iostream>

#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;
using Stream = asio::ssl::stream<tcp::socket>;

asio::awaitable<void> copy(Stream& from, Stream& to) {
  std::array<char, 16384> buffer;
  for (boost::system::error_code ended; !ended;) {
    const std::size_t size =
        co_await from.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ended));
    co_await asio::async_write(to, asio::buffer(buffer, size), asio::use_awaitable);
  }
}

asio::awaitable<void> intercept(tcp::socket client, tcp::endpoint server, asio::ssl::context& as_server,
                                asio::ssl::context& as_client) try {
  simplon::Mirror mirror(std::move(client));
  const simplon::ClientHelloView hello = co_await mirror.read_hello();
  const simplon::UpstreamOptions options{std::string(simplon::as_text(hello.server_name.value_or(simplon::Bytes{})))};
  tcp::socket upstream(co_await asio::this_coro::executor);
  boost::system::error_code unreachable;
  co_await upstream.async_connect(server, asio::redirect_error(asio::use_awaitable, unreachable));
  if (unreachable) co_return mirror.refuse();
  const auto selected = co_await mirror.ask(std::move(upstream), as_client, options);
  auto streams = co_await mirror.answer(as_server);
  std::cout << options.server_name << " speaks " << (selected ? to_text(*selected) : "without ALPN") << std::endl;
  using namespace asio::experimental::awaitable_operators;
  co_await (copy(streams.client, streams.upstream) || copy(streams.upstream, streams.client));
} catch (const std::exception& error) {
  std::cout << error.what() << std::endl;
}

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const auto port = [&](int at) { return static_cast<asio::ip::port_type>(std::stoi(argv[at])); };
  const tcp::endpoint server(asio::ip::address_v4::loopback(), port(4));
  asio::ssl::context as_server(asio::ssl::context::tls_server);
  as_server.use_certificate_chain_file(argv[2]);
  as_server.use_private_key_file(argv[3], asio::ssl::context::pem);
  asio::ssl::context as_client(asio::ssl::context::tls_client);
  as_client.load_verify_file(argv[5]);
  asio::thread_pool pool(2);
  tcp::acceptor acceptor(pool, {asio::ip::address_v4::loopback(), port(1)});
  std::cout << "listening on " << acceptor.local_endpoint() << std::endl;
  while (true) {
    const auto strand = asio::make_strand(pool);
    asio::co_spawn(strand, intercept(acceptor.accept(strand), server, as_server, as_client), asio::detached);
  }
}
