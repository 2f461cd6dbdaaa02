#include "probe/tls12_protection.hpp"

#include "probe/aead.hpp"
#include "tls/native.hpp"

#include <new>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/kdf.h>

namespace simplon::probe {

namespace {

constexpr std::size_t master_size = 48;
constexpr std::size_t key_size = 16;
constexpr std::size_t iv_size = 4;
constexpr std::size_t explicit_size = 8;  // of the nonce, in front of what is sealed
constexpr std::size_t verify_size = 12;

// RFC 5246 §5: the pseudorandom function with SHA-256.
Secret prf(const Secret& secret, std::string_view label, Bytes seed, std::size_t size) {
  const tls::KeyContextOwner context(EVP_PKEY_CTX_new_id(EVP_PKEY_TLS1_PRF, nullptr));
  const auto* const key = reinterpret_cast<const unsigned char*>(secret.data());
  const auto* const text = reinterpret_cast<const unsigned char*>(label.data());
  const auto* const data = reinterpret_cast<const unsigned char*>(seed.data());
  Secret made(size);
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_tls1_prf_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set1_tls1_prf_secret(context.get(), key, static_cast<int>(secret.size())) != 1 ||
      EVP_PKEY_CTX_add1_tls1_prf_seed(context.get(), text, static_cast<int>(label.size())) != 1 ||
      EVP_PKEY_CTX_add1_tls1_prf_seed(context.get(), data, static_cast<int>(seed.size())) != 1 ||
      EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size) != 1) {
    throw std::bad_alloc();
  }
  return made;
}

Secret joined(Bytes first, Bytes second) {
  Secret both(first.begin(), first.end());
  both.insert(both.end(), second.begin(), second.end());
  return both;
}

Secret take(ByteReader& reader, std::size_t size) {
  const auto bytes = reader.read(size);
  if (!bytes) throw std::bad_alloc();
  return {bytes->begin(), bytes->end()};
}

}  // namespace

Tls12Secrets derive_tls12_secrets(const Secret& shared, Bytes client_random, Bytes server_random) {
  const Secret master = prf(shared, "master secret", joined(client_random, server_random), master_size);
  const Secret block = prf(master, "key expansion", joined(server_random, client_random), 2 * (key_size + iv_size));
  ByteReader reader(block);
  Tls12Secrets secrets{.master = master, .client = {}, .server = {}};
  secrets.client.key = take(reader, key_size);
  secrets.server.key = take(reader, key_size);
  secrets.client.iv = take(reader, iv_size);
  secrets.server.iv = take(reader, iv_size);
  return secrets;
}

Secret tls12_finished(const Secret& master, Tls12Side side, const Transcript& transcript) {
  const std::string_view label = side == Tls12Side::client ? "client finished" : "server finished";
  constexpr std::uint16_t any_with_sha256 = 0x1301;
  return prf(master, label, transcript.hash(*find_suite(any_with_sha256)), verify_size);
}

// RFC 5246 §6.2.3.3: the sequence number, and the record's header as it would be without encryption.
std::vector<std::byte> Tls12Protection::next_associated_data(std::uint8_t type, std::size_t size) {
  std::vector<std::byte> data;
  for (std::size_t i = 8; i-- > 0;)
    data.push_back(static_cast<std::byte>(sequence_ >> (8 * i)));
  ++sequence_;
  ByteWriter header;
  header.write_u8(type);
  header.write_u16(0x0303);
  header.write_u16(static_cast<std::uint16_t>(size));
  data.insert(data.end(), header.bytes().begin(), header.bytes().end());
  return data;
}

std::vector<std::byte> Tls12Protection::nonce_of(Bytes explicit_part) const { return joined(keys_.iv, explicit_part); }

std::optional<InnerPlaintext> Tls12Protection::open(Bytes header, Bytes body) {
  if (body.size() < explicit_size + tag_size) return std::nullopt;
  const auto type = std::to_integer<std::uint8_t>(header.front());
  const auto associated = next_associated_data(type, body.size() - explicit_size - tag_size);
  auto content = probe::open(EVP_aes_128_gcm(), keys_.key, nonce_of(body.first(explicit_size)), associated,
                             body.subspan(explicit_size));
  if (!content) return std::nullopt;
  return InnerPlaintext{.type = type, .content = std::move(*content)};
}

std::vector<std::byte> Tls12Protection::seal(std::uint8_t type, Bytes content) {
  const auto associated = next_associated_data(type, content.size());
  const Bytes explicit_part = Bytes(associated).first(explicit_size);  // the sequence number: never twice the same
  ByteWriter record;
  record.write_u8(type);
  record.write_u16(0x0303);
  record.write_u16(static_cast<std::uint16_t>(explicit_size + content.size() + tag_size));
  record.write(explicit_part);
  record.write(probe::seal(EVP_aes_128_gcm(), keys_.key, nonce_of(explicit_part), associated, content));
  return record.take();
}

}  // namespace simplon::probe
