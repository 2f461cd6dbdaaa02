// Sessions with backends, kept so that the next connection is cheaper. For the sources of this layer only.
#pragma once

#include "tls/digest.hpp"
#include "tls/native.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace simplon::tls {

using SessionOwner = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION_free>>;

/// By a key that says whom a session is with and under which conditions it was made. Bounded; for any thread.
class SessionStore {
 public:
  static constexpr std::size_t max_keys = 1024;   ///< one more, and all are forgotten: they begin to be made anew
  static constexpr std::size_t max_sessions = 8;  ///< for one key

  void put(const Digest& key, SessionOwner session);
  /// The newest one; null where there is none. One of TLS 1.3 is not given out twice, lest an observer connects the two
  /// (RFC 8446 §C.4).
  [[nodiscard]] SessionOwner take(const Digest& key);

 private:
  std::mutex mutex_;
  std::map<Digest, std::vector<SessionOwner>> sessions_;
};

}  // namespace simplon::tls
