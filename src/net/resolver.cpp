#include "net/resolver.hpp"

namespace simplon::net {

namespace {

using Resolved = asio::ip::tcp::resolver::results_type;

// Resumes with the resolver's answer.
class Lookup {
 public:
  Lookup(asio::ip::tcp::resolver& resolver, const std::string& host, const std::string& service)
      : resolver_(resolver), host_(host), service_(service) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    resolver_.async_resolve(host_, service_, asio::ip::tcp::resolver::numeric_service,
                            [this, waiting](const boost::system::error_code& error, Resolved resolved) {
                              answer_ = {error, std::move(resolved)};
                              waiting.resume();
                            });
  }
  [[nodiscard]] std::pair<boost::system::error_code, Resolved> await_resume() noexcept { return std::move(answer_); }

 private:
  asio::ip::tcp::resolver& resolver_;
  const std::string& host_;
  const std::string& service_;
  std::pair<boost::system::error_code, Resolved> answer_;
};

}  // namespace

Task<std::expected<std::vector<Endpoint>, std::string>> Resolver::resolve(std::string host, std::uint16_t port) {
  const std::string service = std::to_string(port);
  const std::string key = host + ':' + service;
  if (const auto known = answers_.find(key); known != answers_.end() && Clock::now() < known->second.expires) {
    co_return known->second.endpoints;
  }
  const Poller::AsioAtWork asking(Poller::of(context_));
  Lookup lookup(resolver_, host, service);
  const auto [error, results] = co_await lookup;
  if (error) co_return std::unexpected(error.message());
  std::vector<Endpoint> endpoints;
  for (const auto& result : results) {
    endpoints.emplace_back(result.endpoint().data(), static_cast<socklen_t>(result.endpoint().size()));
  }
  answers_[key] = {endpoints, Clock::now() + std::chrono::seconds(30)};
  co_return endpoints;
}

}  // namespace simplon::net
