#include "serve/snapshot.hpp"

#include <algorithm>
#include <filesystem>

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
  if (configured == nullptr) return nullptr;
  std::vector<net::Backend> backends;
  for (const config::Backend& backend : *configured)
    backends.push_back(prepare(backend));
  return std::make_unique<net::BackendGroup>(std::move(backends));
}

// NAME.crt.pem beside NAME.key.pem, and NAME/fullchain.pem beside NAME/privkey.pem, by name.
std::expected<std::vector<config::CertificateFiles>, std::string> list(const std::filesystem::path& folder) {
  constexpr std::string_view suffix = ".crt.pem";
  std::vector<config::CertificateFiles> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      found.push_back({entry.path(), folder / (name.substr(0, name.size() - suffix.size()) + ".key.pem")});
    } else if (std::filesystem::exists(entry.path() / "fullchain.pem", error)) {
      found.push_back({entry.path() / "fullchain.pem", entry.path() / "privkey.pem"});
    }
  }
  if (error) return std::unexpected(folder.string() + ": " + error.message());
  if (found.empty()) {
    return std::unexpected(folder.string() +
                           ": no certificate in it: put NAME.crt.pem beside NAME.key.pem, or NAME/fullchain.pem beside "
                           "NAME/privkey.pem");
  }
  std::ranges::sort(found, {}, &config::CertificateFiles::chain);
  return found;
}

std::expected<std::vector<config::CertificateFiles>, std::string> files_of(const config::CertificateSource& source) {
  if (const auto* const files = std::get_if<config::CertificateFiles>(&source.source)) return std::vector{*files};
  return list(std::get<config::CertificateDirectory>(source.source).path);
}

}  // namespace

std::expected<std::shared_ptr<const Snapshot>, std::string> Snapshot::make(config::Config config,
                                                                           std::vector<tls::Certificate> certificates) {
  const std::shared_ptr<Snapshot> snapshot(new Snapshot(std::move(config)));
  for (const config::Route& route : snapshot->config_.routes)
    snapshot->backends_.push_back(prepare(route.action));
  if (!certificates.empty()) {
    auto contexts = tls::ContextStore::build(
        certificates, {.min_version = snapshot->config_.tls.min_version, .tickets = snapshot->config_.tls.tickets});
    if (!contexts) return std::unexpected(tls::describe(contexts.error()));
    snapshot->contexts_ = std::move(*contexts);
  }
  return snapshot;
}

std::expected<std::vector<tls::Certificate>, std::vector<std::string>> load_certificates(const config::Config& config) {
  std::vector<tls::Certificate> certificates;
  std::vector<std::string> problems;
  for (const config::CertificateSource& source : config.certificates) {
    const std::string place = config::to_text(source.position) + ": ";
    const auto files = files_of(source);
    if (!files) {
      problems.push_back(place + files.error());
      continue;
    }
    for (const config::CertificateFiles& pair : *files) {
      auto certificate = tls::Certificate::load(pair.chain, pair.key);
      if (certificate) {
        certificates.push_back(std::move(*certificate));
      } else {
        problems.push_back(place + tls::describe(certificate.error()));
      }
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return certificates;
}

}  // namespace simplon::serve
