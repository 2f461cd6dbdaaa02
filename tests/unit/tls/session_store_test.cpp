// Sessions with backends: newest first, bounded, those of TLS 1.3 once.
#include "tls/session_store.hpp"

#include "support/tls_library.hpp"

#include <string>

#include <gtest/gtest.h>

namespace simplon::tls {

namespace {

Digest key(const std::string& text) { return sha256(as_bytes(text)); }

SessionOwner session(int version) {
  SessionOwner made(test::make_session());
  SSL_SESSION_set_protocol_version(made.get(), version);
  return made;
}

TEST(SessionStore, GivesASessionOfTls13OnceTheNewestFirst) {  // RFC 8446 §C.4
  SessionStore store;
  SessionOwner older = session(TLS1_3_VERSION);
  SessionOwner newer = session(TLS1_3_VERSION);
  const SSL_SESSION* const first = older.get();
  const SSL_SESSION* const second = newer.get();
  store.put(key("a"), std::move(older));
  store.put(key("a"), std::move(newer));
  EXPECT_EQ(store.take(key("b")), nullptr);
  EXPECT_EQ(store.take(key("a")).get(), second);
  EXPECT_EQ(store.take(key("a")).get(), first);
  EXPECT_EQ(store.take(key("a")), nullptr);
}

TEST(SessionStore, GivesASessionOfTls12Again) {
  SessionStore store;
  store.put(key("a"), session(TLS1_2_VERSION));
  const SessionOwner once = store.take(key("a"));
  EXPECT_NE(once, nullptr);
  EXPECT_EQ(store.take(key("a")), once);
}

TEST(SessionStore, KeepsSomeForAKey) {
  SessionStore store;
  for (std::size_t i = 0; i < 2 * SessionStore::max_sessions; ++i)
    store.put(key("a"), session(TLS1_3_VERSION));
  std::size_t kept = 0;
  while (store.take(key("a")) != nullptr)
    ++kept;
  EXPECT_EQ(kept, SessionStore::max_sessions);
}

// Who makes up keys can't keep those that come later from being kept.
TEST(SessionStore, KeepsTheNewestKeys) {
  SessionStore store;
  for (std::size_t i = 0; i < 3 * SessionStore::max_keys; ++i) {
    const Digest newest = key(std::to_string(i));
    store.put(newest, session(TLS1_2_VERSION));
    ASSERT_NE(store.take(newest), nullptr) << i;
  }
}

}  // namespace

}  // namespace simplon::tls
