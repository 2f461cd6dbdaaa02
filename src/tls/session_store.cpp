#include "tls/session_store.hpp"

#include <utility>

namespace simplon::tls {

void SessionStore::put(const Digest& key, SessionOwner session) {
  const std::scoped_lock lock(mutex_);
  if (sessions_.size() >= max_keys && !sessions_.contains(key)) sessions_.clear();
  std::vector<SessionOwner>& kept = sessions_[key];
  if (kept.size() == max_sessions) kept.erase(kept.begin());
  kept.push_back(std::move(session));
}

SessionOwner SessionStore::take(const Digest& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = sessions_.find(key);
  // Empty where memory ran out when the first one came.
  if (found == sessions_.end() || found->second.empty()) return nullptr;
  std::vector<SessionOwner>& kept = found->second;
  if (SSL_SESSION_get_protocol_version(kept.back().get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(kept.back().get());
    return SessionOwner(kept.back().get());
  }
  SessionOwner session = std::move(kept.back());
  kept.pop_back();
  if (kept.empty()) sessions_.erase(found);
  return session;
}

}  // namespace simplon::tls
