#include "serve/proxy/backend_pool.hpp"

#include <algorithm>
#include <utility>

namespace simplon::serve::proxy {

std::shared_ptr<BackendConnection> BackendPool::find(const net::Backend& backend) {
  const auto found = available_.find(&backend);
  if (found == available_.end()) return nullptr;
  std::vector<BackendConnection*>& connections = found->second;
  while (!connections.empty()) {
    BackendConnection& last = *connections.back();
    if (last.has_capacity()) return last.shared_from_this();
    last.listed_ = false;
    connections.pop_back();
  }
  return nullptr;
}

bool BackendPool::join(const net::Backend& backend, std::function<void(const net::DialError* failure)> then) {
  const auto [place, first] = being_made_.try_emplace(&backend);
  if (!first) place->second.push_back(std::move(then));
  return !first;
}

void BackendPool::made(const net::Backend& backend, const net::DialError* failure) {
  const auto found = being_made_.find(&backend);
  if (found == being_made_.end()) return;
  const auto waiting = std::move(found->second);
  being_made_.erase(found);
  for (const auto& then : waiting)
    then(failure);
}

void BackendPool::close() {
  closed_ = true;
  for (BackendConnection* const each : all_)
    each->abort();
}

void BackendPool::enlist(BackendConnection& connection) {
  all_.push_back(&connection);
  if (closed_) connection.abort();
}

void BackendPool::remove(BackendConnection& connection) {
  std::erase(all_, &connection);
  const auto found = available_.find(&connection.backend());
  if (found == available_.end()) return;
  std::erase(found->second, &connection);
  // The backend may be gone with its configuration, and another be where it was.
  if (found->second.empty()) available_.erase(found);
}

void BackendPool::offer(BackendConnection& connection) {
  if (connection.listed_) return;
  std::vector<BackendConnection*>& connections = available_[&connection.backend()];
  if (connections.size() >= most_ && !connection.session().busy()) {
    connection.abort();
    return;
  }
  connection.listed_ = true;
  connections.push_back(&connection);
}

}  // namespace simplon::serve::proxy
