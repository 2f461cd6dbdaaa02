#include "serve/snapshot.hpp"

#include "serve/certificates.hpp"

#include <algorithm>

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

const std::vector<config::Backend>* backends_of(const config::Action& action) {
  if (const auto* const pass = std::get_if<config::Pass>(&action)) return &pass->backends;
  if (const auto* const tcp = std::get_if<config::Tcp>(&action)) return &tcp->backends;
  if (const auto* const tls = std::get_if<config::Tls>(&action)) return &tls->backends;
  if (const auto* const http = std::get_if<config::Http>(&action)) return &http->backends;
  return nullptr;
}

std::unique_ptr<net::BackendGroup> prepare(const config::Action& action) {
  const std::vector<config::Backend>* const configured = backends_of(action);
  if (configured == nullptr) return nullptr;
  std::vector<net::Backend> backends;
  for (const config::Backend& backend : *configured)
    backends.push_back(prepare(backend));
  return std::make_unique<net::BackendGroup>(std::move(backends));
}

// Every value that a label takes is in the configuration, or registered.
std::shared_ptr<const record::Labels> collect_labels(const config::Config& config) {
  std::vector<std::string> listeners;
  for (const config::Listener& listener : config.listeners)
    listeners.push_back(listener.name);
  std::vector<ProtocolIdView> protocols;
  for (const route::RouteSpec& route : config.table.routes())
    protocols.insert(protocols.end(), route.match.names.begin(), route.match.names.end());
  std::vector<std::string> backends;
  for (const config::Route& route : config.routes) {
    const std::vector<config::Backend>* const configured = backends_of(route.action);
    if (configured == nullptr) continue;
    for (const config::Backend& backend : *configured)
      backends.push_back(backend.text);
  }
  return std::make_shared<const record::Labels>(std::move(listeners), protocols, backends);
}

}  // namespace

Snapshot::Snapshot(config::Config config) : config_(std::move(config)), labels_(collect_labels(config_)) {}

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
  for (const tls::Certificate& certificate : certificates) {
    for (const std::string& name : certificate.names()) {
      const auto [known, added] = snapshot->certificates_.emplace(name, certificate.not_after());
      if (!added) known->second = std::min(known->second, certificate.not_after());
    }
  }
  if (const auto made = snapshot->make_contexts(certificates); !made) {
    return std::unexpected(tls::describe(made.error()));
  }
  return snapshot;
}

std::expected<void, tls::CertificateError> Snapshot::make_contexts(const std::vector<tls::Certificate>& certificates) {
  std::vector<std::size_t> different;  // a route of each policy
  for (std::size_t i = 0; i < config_.routes.size(); ++i) {
    const config::Route& route = config_.routes[i];
    auto& contexts = contexts_.emplace_back();
    if (!config::needs_certificate(route.action)) continue;
    const auto same =
        std::ranges::find_if(different, [&](std::size_t each) { return config_.routes[each].policy == route.policy; });
    if (same != different.end()) {
      contexts = contexts_[*same];
      continue;
    }
    auto made = tls::ContextStore::build(certificates, tls_settings(config_.tls, route.policy));
    if (!made) return std::unexpected(made.error());
    contexts = std::make_shared<const tls::ContextStore>(std::move(*made));
    different.push_back(i);
  }
  return {};
}

}  // namespace simplon::serve
