#include "tls/context.hpp"

#include "tls/authorities.hpp"
#include "tls/library/native.hpp"
#include "tls/native.hpp"
#include "tls/pem.hpp"
#include "tls/policy.hpp"
#include "tls/server_context.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <openssl/err.h>

namespace simplon::tls {

namespace {

constexpr std::size_t key_types = 5;

// The certificates of one context: for each key type the place of one in the list, or nothing.
using Selection = std::array<std::optional<std::size_t>, key_types>;

// Lets a string_view be looked up among strings without becoming one.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

template <typename Value>
using ByName = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

std::optional<std::string_view> parent_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  return name.substr(dot + 1);
}

struct Selections {
  ByName<Selection> exact;
  ByName<Selection> wildcard;  // by what follows "*."
};

void add_missing(Selection& selection, const Selection& others) {
  for (std::size_t type = 0; type < key_types; ++type) {
    if (!selection[type]) selection[type] = others[type];
  }
}

Selection only(const Certificate& certificate, std::size_t index) {
  Selection selection;
  selection[static_cast<std::size_t>(certificate.key_type())] = index;
  return selection;
}

Selections select_by_name(std::span<const Certificate> certificates) {
  Selections selections;
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    for (const std::string& name : certificates[i].names()) {
      const bool is_wildcard = name.starts_with("*.");
      Selection& selection = is_wildcard ? selections.wildcard[name.substr(2)] : selections.exact[name];
      add_missing(selection, only(certificates[i], i));
    }
  }
  // A client without ECDSA is better served by the wildcard's RSA key than by a failed handshake.
  for (auto& [name, selection] : selections.exact) {
    const auto parent = parent_of(name);
    if (!parent) continue;
    const auto wildcard = selections.wildcard.find(*parent);
    if (wildcard != selections.wildcard.end()) add_missing(selection, wildcard->second);
  }
  return selections;
}

// The first certificate, with those of other key types that serve its first name.
Selection default_selection(std::span<const Certificate> certificates, const Selections& selections) {
  const Certificate& first = certificates.front();
  Selection selection = only(first, 0);
  if (first.names().empty()) return selection;
  const std::string& name = first.names().front();
  const bool is_wildcard = name.starts_with("*.");
  add_missing(selection, is_wildcard ? selections.wildcard.at(name.substr(2)) : selections.exact.at(name));
  return selection;
}

}  // namespace

struct ContextStore::Contexts {
  std::vector<SslContextOwner> owned;
  ByName<SSL_CTX*> exact;
  ByName<SSL_CTX*> wildcard;
  SSL_CTX* fallback = nullptr;
  Digest demands{};
};

namespace {

// Makes each selection's context once.
class Maker {
 public:
  Maker(std::span<const Certificate> certificates, const Settings& settings, const Authorities* authorities,
        std::vector<SslContextOwner>& owned)
      : certificates_(certificates), settings_(settings), authorities_(authorities), owned_(owned) {}

  std::expected<SSL_CTX*, CertificateError> context_for(const Selection& selection) {
    const auto known = made_.find(selection);
    if (known != made_.end()) return known->second;
    auto made = make_server_context(settings_, authorities_);
    if (!made) return std::unexpected(made.error());
    SslContextOwner context = std::move(*made);
    std::size_t held = 0;
    for (const auto& index : selection) {
      if (!index) continue;
      if (++held > 1 && !library::holds_several_certificates()) {
        return failure(CertificateError::Code::refused, certificates_[*index].file(),
                       "is a second certificate for one name, and this TLS library can't choose between two; name one "
                       "of them only, or use a build with another TLS library");
      }
      if (const auto used = use_certificate(*context, certificates_[*index]); !used) {
        return std::unexpected(used.error());
      }
    }
    owned_.push_back(std::move(context));
    made_.emplace(selection, owned_.back().get());
    return owned_.back().get();
  }

  std::expected<void, CertificateError> contexts_for(const ByName<Selection>& selections, ByName<SSL_CTX*>& contexts) {
    contexts.reserve(selections.size());
    for (const auto& [name, selection] : selections) {
      const auto context = context_for(selection);
      if (!context) return std::unexpected(context.error());
      contexts.emplace(name, *context);
    }
    return {};
  }

 private:
  std::span<const Certificate> certificates_;
  const Settings& settings_;
  const Authorities* authorities_;
  std::vector<SslContextOwner>& owned_;
  std::map<Selection, SSL_CTX*> made_;
};

}  // namespace

std::expected<ContextStore, CertificateError> ContextStore::build(std::span<const Certificate> certificates,
                                                                  const Settings& settings) {
  if (certificates.empty()) {
    return std::unexpected(CertificateError{CertificateError::Code::no_certificate, "",
                                            "there is no certificate; name at least one to terminate TLS with"});
  }
  const Selections selections = select_by_name(certificates);
  auto contexts = std::make_unique<Contexts>();
  std::optional<Authorities> authorities;
  if (!settings.client_authorities.empty()) {
    auto read = Authorities::read(settings.client_authorities);
    if (!read) return std::unexpected(read.error());
    authorities = std::move(*read);
  }
  contexts->demands = digest_of(settings, authorities ? &authorities->digest : nullptr);
  Maker maker(certificates, settings, authorities ? &*authorities : nullptr, contexts->owned);
  const auto fallback = maker.context_for(default_selection(certificates, selections));
  if (!fallback) return std::unexpected(fallback.error());
  contexts->fallback = *fallback;
  if (const auto made = maker.contexts_for(selections.exact, contexts->exact); !made) {
    return std::unexpected(made.error());
  }
  if (const auto made = maker.contexts_for(selections.wildcard, contexts->wildcard); !made) {
    return std::unexpected(made.error());
  }
  return ContextStore(std::move(contexts));
}

ContextStore::ContextStore(std::unique_ptr<Contexts> contexts) noexcept : contexts_(std::move(contexts)) {}
ContextStore::ContextStore(ContextStore&&) noexcept = default;
ContextStore& ContextStore::operator=(ContextStore&&) noexcept = default;
ContextStore::~ContextStore() = default;

Context ContextStore::find(std::optional<std::string_view> server_name) const noexcept {
  const auto context = [this](SSL_CTX* native) { return Context(native, contexts_->demands); };
  if (!server_name) return context(contexts_->fallback);
  if (const auto found = contexts_->exact.find(*server_name); found != contexts_->exact.end()) {
    return context(found->second);
  }
  if (const auto parent = parent_of(*server_name)) {
    const auto found = contexts_->wildcard.find(*parent);
    if (found != contexts_->wildcard.end()) return context(found->second);
  }
  return context(contexts_->fallback);
}

std::size_t ContextStore::size() const noexcept { return contexts_->owned.size(); }

}  // namespace simplon::tls
