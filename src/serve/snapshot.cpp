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

// What tells groups apart: how they are spoken to, and in which order they are written.
using GroupKey = std::vector<std::string>;

GroupKey key_of(const config::Action& action, const std::vector<config::Backend>& backends) {
  const auto* const http = std::get_if<config::Http>(&action);
  GroupKey key = {http == nullptr ? "bytes" : http->h2c ? "h2c" : "http"};
  for (const config::Backend& backend : backends)
    key.push_back(backend.text);
  return key;
}

std::shared_ptr<const net::BackendGroup> make_group(const std::vector<config::Backend>& configured) {
  std::vector<net::Backend> backends;
  for (const config::Backend& backend : configured)
    backends.push_back(prepare(backend));
  return std::make_shared<const net::BackendGroup>(std::move(backends));
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

Snapshot::Snapshot(std::shared_ptr<const config::Config> config)
    : config_(std::move(config)), labels_(collect_labels(*config_)) {}

std::expected<std::shared_ptr<const Snapshot>, std::string> Snapshot::make(
    std::shared_ptr<const config::Config> config, const std::vector<tls::Certificate>& certificates,
    const Inheritance& inheritance) {
  std::shared_ptr<Snapshot> snapshot(new Snapshot(std::move(config)));
  snapshot->ticket_keys_ = inheritance.ticket_keys;
  snapshot->make_backends(inheritance.former);
  for (const config::Route& route : snapshot->config().routes) {
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

// A group of the former snapshot goes on, with its members' health and the connections that are open to them.
void Snapshot::make_backends(const Snapshot* former) {
  std::map<GroupKey, std::shared_ptr<const net::BackendGroup>> groups;
  for (std::size_t i = 0; former != nullptr && i < former->backends_.size(); ++i) {
    const config::Action& action = former->config().routes[i].action;
    const auto* const configured = backends_of(action);
    if (configured != nullptr) groups.emplace(key_of(action, *configured), former->backends_[i]);
  }
  for (const config::Route& route : config_->routes) {
    auto& group = backends_.emplace_back();
    const auto* const configured = backends_of(route.action);
    if (configured == nullptr) continue;
    auto& known = groups[key_of(route.action, *configured)];
    if (!known) known = make_group(*configured);
    group = known;
  }
}

std::expected<void, tls::CertificateError> Snapshot::make_contexts(const std::vector<tls::Certificate>& certificates) {
  std::vector<std::size_t> different;  // a route of each policy
  for (std::size_t i = 0; i < config_->routes.size(); ++i) {
    const config::Route& route = config_->routes[i];
    auto& contexts = contexts_.emplace_back();
    if (!config::needs_certificate(route.action)) continue;
    const auto same =
        std::ranges::find_if(different, [&](std::size_t each) { return config_->routes[each].policy == route.policy; });
    if (same != different.end()) {
      contexts = contexts_[*same];
      continue;
    }
    tls::Settings settings = tls_settings(config_->tls, route.policy);
    settings.ticket_keys = ticket_keys_;
    auto made = tls::ContextStore::build(certificates, settings);
    if (!made) return std::unexpected(made.error());
    contexts = std::make_shared<const tls::ContextStore>(std::move(*made));
    different.push_back(i);
  }
  return {};
}

}  // namespace simplon::serve
