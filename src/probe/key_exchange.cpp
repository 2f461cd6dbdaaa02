#include "probe/key_exchange.hpp"

#include <array>
#include <new>

#include <openssl/ec.h>
#include <openssl/err.h>

namespace simplon::probe {

namespace {

tls::KeyOwner make_key(std::uint16_t group) {
  if (group == group::x25519) return tls::KeyOwner(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  return tls::KeyOwner(EVP_EC_gen(group == group::p_256 ? "P-256" : "P-384"));
}

}  // namespace

std::span<const std::uint16_t> known_groups() noexcept {
  static constexpr std::array groups = {group::x25519, group::p_256, group::p_384};
  return groups;
}

KeyExchange::KeyExchange(std::uint16_t group) : group_(group), key_(make_key(group)) {
  if (!key_) throw std::bad_alloc();
  unsigned char* share = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key_.get(), &share);
  if (size == 0) throw std::bad_alloc();
  const auto bytes = std::as_bytes(std::span(share, size));
  share_.assign(bytes.begin(), bytes.end());
  OPENSSL_free(share);
}

std::optional<std::vector<std::byte>> KeyExchange::agree(Bytes peer_share) const {
  const tls::KeyOwner peer(EVP_PKEY_new());
  const tls::KeyContextOwner context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  if (!peer || !context || EVP_PKEY_copy_parameters(peer.get(), key_.get()) != 1) throw std::bad_alloc();
  std::size_t size = 0;
  std::vector<std::byte> secret;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(peer_share.data());
  bool agreed = EVP_PKEY_set1_encoded_public_key(peer.get(), bytes, peer_share.size()) == 1 &&
                EVP_PKEY_derive_init(context.get()) == 1 && EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
                EVP_PKEY_derive(context.get(), nullptr, &size) == 1;
  if (agreed) {
    secret.resize(size);
    agreed = EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(secret.data()), &size) == 1;
    secret.resize(size);
  }
  ERR_clear_error();
  if (!agreed) return std::nullopt;
  return secret;
}

}  // namespace simplon::probe
