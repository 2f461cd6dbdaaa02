#include "serve/certificates.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>

namespace simplon::serve {

namespace {

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

// Whether `pattern`, a certificate's name, is good for `name`, a route's (RFC 6125 §6.4.3).
bool covers(std::string_view pattern, std::string_view name) {
  if (pattern == name) return true;
  const std::size_t dot = name.find('.');
  return pattern.starts_with("*.") && dot != std::string_view::npos && name.substr(dot) == pattern.substr(1);
}

}  // namespace

std::expected<std::vector<tls::Certificate>, std::vector<config::Problem>> load_certificates(
    const config::Config& config) {
  std::vector<tls::Certificate> certificates;
  std::vector<config::Problem> problems;
  for (const config::CertificateSource& source : config.certificates) {
    const auto files = files_of(source);
    if (!files) {
      problems.push_back({source.position, files.error()});
      continue;
    }
    for (const config::CertificateFiles& pair : *files) {
      auto certificate = tls::Certificate::load(pair.chain, pair.key);
      if (certificate) {
        certificates.push_back(std::move(*certificate));
      } else {
        problems.push_back({source.position, tls::describe(certificate.error())});
      }
    }
  }
  for (const config::Route& route : config.routes) {
    if (certificates.empty() || route.policy == config::TlsPolicy{}) continue;
    // With one certificate it shows whether the policy can be had.
    const auto made =
        tls::ContextStore::build(std::span(certificates).first(1), tls_settings(config.tls, route.policy));
    if (!made) problems.push_back({route.position, tls::describe(made.error())});
  }
  for (const config::Route& route : config.routes) {
    const auto* const tls = std::get_if<config::Tls>(&route.action);
    if (tls == nullptr) continue;
    if (const auto made = make_client_context(*tls); !made) {
      problems.push_back({route.position, tls::describe(made.error())});
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return certificates;
}

std::expected<std::shared_ptr<tls::TicketKeys>, config::Problem> load_ticket_keys(const config::Config& config) {
  if (!config.tls.tickets || config.tls.ticket_keys.empty()) return nullptr;
  auto keys = tls::TicketKeys::load(config.tls.ticket_keys);
  if (keys) return std::move(*keys);
  return std::unexpected(config::Problem{config.tls.ticket_keys_position, tls::describe(keys.error())});
}

std::vector<std::filesystem::path> files_read(const config::Config& config) {
  std::vector<std::filesystem::path> paths;
  const auto add = [&](const std::filesystem::path& path) {
    if (!path.empty()) paths.push_back(path);
  };
  const auto add_pair = [&](const config::CertificateFiles& pair) {
    add(pair.chain);
    add(pair.key);
  };
  for (const config::CertificateSource& source : config.certificates) {
    if (const auto* const folder = std::get_if<config::CertificateDirectory>(&source.source)) {
      add(folder->path);
      // A certificate's own folder, where it may yet be missing.
      std::error_code error;
      for (const auto& entry : std::filesystem::directory_iterator(folder->path, error)) {
        if (entry.is_directory(error)) add(entry.path());
      }
      for (const config::CertificateFiles& pair : list(folder->path).value_or(std::vector<config::CertificateFiles>()))
        add_pair(pair);
    } else {
      add_pair(std::get<config::CertificateFiles>(source.source));
    }
  }
  add(config.tls.ticket_keys);
  for (const config::Route& route : config.routes) {
    add(route.policy.client_authorities);
    const auto* const tls = std::get_if<config::Tls>(&route.action);
    if (tls == nullptr) continue;
    add(tls->authorities);
    if (tls->certificate) add_pair(*tls->certificate);
  }
  return paths;
}

tls::Settings tls_settings(const config::TlsSettings& tls, const config::TlsPolicy& policy) {
  return {.min_version = tls.min_version,
          .tickets = tls.tickets,
          .ciphers = policy.ciphers,
          .groups = policy.groups,
          .client_authorities = policy.client_authorities};
}

std::expected<tls::ClientContext, tls::CertificateError> make_client_context(const config::Tls& action) {
  tls::ClientSettings settings{.verify = action.verify, .authorities = action.authorities, .certificate = {}};
  if (action.certificate) {
    auto certificate = tls::Certificate::load(action.certificate->chain, action.certificate->key);
    if (!certificate) return std::unexpected(certificate.error());
    settings.certificate = std::move(*certificate);
  }
  return tls::ClientContext::make(settings);
}

std::vector<config::Problem> lint_certificates(const config::Config& config,
                                               const std::vector<tls::Certificate>& certificates) {
  std::vector<config::Problem> warnings;
  for (const tls::Certificate& certificate : certificates) {
    if (certificate.not_after() >= std::chrono::system_clock::now()) continue;
    warnings.push_back({{.file = certificate.file()}, "this certificate has expired: clients will refuse it"});
  }
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    if (const auto* const acme = std::get_if<config::Acme>(&config.routes[i].action)) {
      std::error_code error;
      if (!std::filesystem::is_directory(acme->folder, error)) {
        warnings.push_back({config.routes[i].position, acme->folder.string() +
                                                           ": there is no such folder, so no challenge "
                                                           "can be answered"});
      }
    }
    if (!config::needs_certificate(config.routes[i].action)) continue;
    for (const std::string& name : config.table.routes()[i].server_names) {
      const auto is_for_name = [&](const tls::Certificate& certificate) {
        return std::ranges::any_of(certificate.names(),
                                   [&](const std::string& pattern) { return covers(pattern, name); });
      };
      if (name == "*" || std::ranges::any_of(certificates, is_for_name)) continue;
      warnings.push_back({config.routes[i].position,
                          "no certificate is for \"" + name + "\": clients of it get the first one, and refuse it"});
    }
  }
  return warnings;
}

}  // namespace simplon::serve
