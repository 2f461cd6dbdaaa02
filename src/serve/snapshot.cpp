#include "serve/snapshot.hpp"

#include "serve/certificates.hpp"

namespace simplon::serve {

namespace {

net::Backend prepare(const config::Backend& backend) {
  net::Backend prepared{.text = backend.text, .endpoint = {}, .host = {}, .port = 0};
  if (const auto* const path = std::get_if<config::UnixSocket>(&backend.address)) {
    prepared.endpoint = net::Endpoint::from_path(path->path);
    return prepared;
  }
  const auto& host = std::get<config::HostPort>(backend.address);
  prepared.endpoint = net::Endpoint::from_ip(host.host, host.port);
  prepared.host = host.host;
  prepared.port = host.port;
  return prepared;
}

std::unique_ptr<net::BackendGroup> prepare(const config::Action& action) {
  const std::vector<config::Backend>* configured = nullptr;
  if (const auto* const pass = std::get_if<config::Pass>(&action)) configured = &pass->backends;
  if (const auto* const tcp = std::get_if<config::Tcp>(&action)) configured = &tcp->backends;
  if (const auto* const tls = std::get_if<config::Tls>(&action)) configured = &tls->backends;
  if (const auto* const http = std::get_if<config::Http>(&action)) configured = &http->backends;
  if (configured == nullptr) return nullptr;
  std::vector<net::Backend> backends;
  for (const config::Backend& backend : *configured)
    backends.push_back(prepare(backend));
  return std::make_unique<net::BackendGroup>(std::move(backends));
}

}  // namespace

std::expected<std::shared_ptr<const Snapshot>, std::string> Snapshot::make(config::Config config,
                                                                           std::vector<tls::Certificate> certificates) {
  std::shared_ptr<Snapshot> snapshot(new Snapshot(std::move(config)));
  for (const config::Route& route : snapshot->config_.routes) {
    snapshot->backends_.push_back(prepare(route.action));
    auto& context = snapshot->client_contexts_.emplace_back();
    const auto* const tls = std::get_if<config::Tls>(&route.action);
    if (tls == nullptr) continue;
    auto made = make_client_context(*tls);
    if (!made) return std::unexpected(tls::describe(made.error()));
    context = std::move(*made);
  }
  if (!certificates.empty()) {
    auto contexts = tls::ContextStore::build(
        certificates, {.min_version = snapshot->config_.tls.min_version, .tickets = snapshot->config_.tls.tickets});
    if (!contexts) return std::unexpected(tls::describe(contexts.error()));
    snapshot->contexts_ = std::move(*contexts);
  }
  return snapshot;
}

}  // namespace simplon::serve
