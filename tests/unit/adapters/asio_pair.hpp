// What the tests of the Asio adapter have in common: contexts, connected sockets, and a context that runs.
#pragma once

#include "simplon/adapters/asio.hpp"
#include "support/test_certificate.hpp"

#include <future>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

namespace simplon::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

inline const std::string host = "app.example.com";

inline const TestCertificate& host_certificate() {
  static const TestCertificate made = make_test_certificate({.names = {host}});
  return made;
}

inline asio::ssl::context make_server_context() {
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain(asio::buffer(host_certificate().chain_pem));
  context.use_private_key(asio::buffer(host_certificate().key_pem), asio::ssl::context::pem);
  return context;
}

inline asio::ssl::context make_client_context() {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.add_certificate_authority(asio::buffer(host_certificate().chain_pem));
  return context;
}

inline std::vector<ProtocolIdView> ids_of(std::initializer_list<std::string_view> names) {
  std::vector<ProtocolIdView> ids;
  for (const std::string_view name : names)
    ids.push_back(ProtocolIdView::from(name).value());
  return ids;
}

inline Policy make_policy(std::initializer_list<std::string_view> names) {
  return Policy(Preferences::from(ids_of(names)).value());
}

// Without names, no offer.
inline ConnectOptions offering(std::initializer_list<std::string_view> names) {
  ConnectOptions options;
  if (names.size() > 0) options.offer = make_offer(ids_of(names)).value();
  options.server_name = host;
  return options;
}

inline std::string text_of(const std::optional<ProtocolId>& protocol) { return protocol ? to_text(*protocol) : "none"; }

inline tcp::endpoint any_port() { return {asio::ip::address_v4::loopback(), 0}; }

struct SocketPair {
  explicit SocketPair(asio::io_context& io) : client(io), server(io) {
    tcp::acceptor acceptor(io, any_port());
    client.connect(acceptor.local_endpoint());
    acceptor.accept(server);
  }

  tcp::socket client;
  tcp::socket server;
};

// An io_context with threads of its own, which end with the object.
class Running {
 public:
  explicit Running(std::size_t threads = 1) : work_(io.get_executor()) {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this] { io.run(); });
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    work_.reset();
    io.stop();
    for (std::thread& thread : threads_)
      thread.join();
  }

  // Runs `work` on the context: what it gives, or throws.
  template <typename T>
  T get(asio::awaitable<T> work) {
    return asio::co_spawn(io, std::move(work), asio::use_future).get();
  }

  asio::io_context io;

 private:
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

// The error that `future` ends with; none where it has a value.
template <typename T>
error_code error_of(std::future<T> future) {
  try {
    static_cast<void>(future.get());
    return {};
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

}  // namespace simplon::test
