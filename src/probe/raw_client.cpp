#include "probe/raw_client.hpp"

#include "probe/server_messages.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <openssl/rand.h>

namespace simplon::probe {

namespace {

constexpr std::uint8_t server_hello = 2;
constexpr std::uint8_t encrypted_extensions = 8;

constexpr std::uint16_t alpn_extension = 16;
constexpr std::uint16_t supported_versions_extension = 43;
constexpr std::uint16_t cookie_extension = 44;
constexpr std::uint16_t key_share_extension = 51;
constexpr std::uint16_t npn_extension = 13172;

constexpr std::uint16_t tls_1_3 = 0x0304;

// Enough for any answer; a server that sends more without one is not waited for.
constexpr std::size_t most_input = std::size_t{1} << 18;

std::optional<Bytes> find_extension(std::uint16_t wanted, Bytes extensions) {
  ByteReader reader(extensions);
  while (const auto type = reader.read_u16()) {
    const auto body = reader.read_vector_u16();
    if (!body) return std::nullopt;
    if (*type == wanted) return body;
  }
  return std::nullopt;
}

std::vector<KeyShareView> shares_of(const std::vector<KeyExchange>& keys) {
  std::vector<KeyShareView> shares;
  shares.reserve(keys.size());
  for (const KeyExchange& key : keys)
    shares.push_back({.group = key.group(), .key = key.share()});
  return shares;
}

// The beginning of what came instead of TLS, for people.
std::string printable(Bytes bytes) {
  std::string text;
  for (const char c : as_text(bytes.first(std::min<std::size_t>(bytes.size(), 40)))) {
    if (c == '\r' || c == '\n') break;
    text += c >= 0x20 && c < 0x7f ? c : '.';
  }
  return text;
}

}  // namespace

std::string_view name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::waiting:
      return "waiting";
    case Outcome::answered:
      return "answered";
    case Outcome::alert:
      return "alert";
    case Outcome::closed:
      return "closed";
    case Outcome::reset:
      return "reset";
    case Outcome::timed_out:
      return "timed_out";
    case Outcome::not_tls:
      return "not_tls";
    case Outcome::malformed:
      return "malformed";
    case Outcome::unreachable:
      return "unreachable";
  }
  return "malformed";
}

Speech modern_speech(std::span<const std::uint16_t> groups) {
  std::array<std::byte, 64> fresh;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(fresh.data()), static_cast<int>(fresh.size())) != 1) {
    throw std::bad_alloc();
  }
  std::vector<KeyExchange> keys;
  for (const std::uint16_t group : groups)
    keys.emplace_back(group);
  ClientHelloBuilder hello = ClientHelloBuilder::modern(shares_of(keys));
  hello.random(std::span(fresh).first(32)).session_id(std::span(fresh).last(32));
  hello.supported_groups(known_groups());
  return {.hello = std::move(hello), .keys = std::move(keys), .change_after_retry = {}};
}

RawClient::RawClient(Speech speech) : speech_(std::move(speech)) { say_hello(); }

std::vector<std::byte> RawClient::take_output() { return std::exchange(output_, {}); }

void RawClient::say_hello() {
  const auto message = speech_.hello.build();
  if (!message) return give_up(Outcome::malformed, "the hello can't be built");
  transcript_.add(*message);
  const std::vector<std::byte> records = to_records(*message, speech_.fragment);
  output_.insert(output_.end(), records.begin(), records.end());
}

void RawClient::read(Bytes bytes) {
  records_.add(bytes);
  while (observation_.outcome == Outcome::waiting) {
    if (records_.broken())
      return give_up(seen_tls_ ? Outcome::malformed : Outcome::not_tls, printable(records_.rest()));
    const auto record = records_.next();
    if (!record) break;
    seen_tls_ = true;
    read_record(*record);
  }
  if (observation_.outcome == Outcome::waiting && records_.rest().size() + messages_.pending() > most_input) {
    give_up(Outcome::malformed, "no answer in the first 256 KiB");
  }
}

void RawClient::read_record(const Record& record) {
  if (record.type == content_type::change_cipher_spec) return;  // for middleboxes, to be dropped (RFC 8446 §5)
  if (record.type != content_type::application_data || !protection_) return read_content(record.type, record.body);
  const auto inner = protection_->open(record.header, record.body);
  if (!inner) return give_up(Outcome::malformed, "a record that can't be decrypted");
  read_content(inner->type, inner->content);
}

void RawClient::read_content(std::uint8_t type, Bytes content) {
  if (type == content_type::alert && content.size() == 2) {
    constexpr std::byte fatal{2};
    const bool warning = content[0] != fatal && !protection_;  // in TLS 1.3 all but close_notify are fatal
    const auto number = std::to_integer<std::uint8_t>(content[1]);
    if (warning && number != 0) return;  // such as unrecognized_name (RFC 6066 §3)
    observation_.alert = number;
    return give_up(Outcome::alert, {});
  }
  if (type != content_type::handshake)
    return give_up(Outcome::malformed, "a record of another kind than the handshake's");
  messages_.add(content);
  while (observation_.outcome == Outcome::waiting) {
    const auto message = messages_.next();
    if (!message) return;
    read_message(std::to_integer<std::uint8_t>(message->front()), *message);
  }
}

void RawClient::read_message(std::uint8_t type, Bytes message) {
  if (type == server_hello && !protection_) return read_server_hello(message);
  if (type == encrypted_extensions && protection_) return read_encrypted_extensions(message.subspan(4));
  give_up(Outcome::malformed, "an unexpected handshake message, type " + std::to_string(type));
}

void RawClient::read_server_hello(Bytes message) {
  ByteReader reader(message.subspan(4));
  const auto legacy_version = reader.read_u16();
  const auto random = reader.read(32);
  const auto session_id = reader.read_vector_u8();
  const auto suite = reader.read_u16();
  const auto compression = reader.read_u8();
  if (!legacy_version || !random || !session_id || !suite || !compression) {
    return give_up(Outcome::malformed, "a ServerHello that does not add up");
  }
  // TLS 1.2 may leave the whole block out (RFC 5246 §7.4.1.3).
  const Bytes extensions = reader.remaining() == 0 ? Bytes() : reader.read_vector_u16().value_or(Bytes());
  if (std::ranges::equal(*random, retry_random())) {
    return read_retry(*suite, extensions, message);
  }
  const auto versions = find_extension(supported_versions_extension, extensions);
  const auto version = versions ? ByteReader(*versions).read_u16() : legacy_version;
  answer_.version = version.value_or(0);
  answer_.suite = *suite;
  if (answer_.version != tls_1_3) return answered(extensions);
  answer_.alpn_misplaced = find_extension(alpn_extension, extensions).has_value();
  start_protection(*suite, extensions, message);
}

void RawClient::read_retry(std::uint16_t suite, Bytes extensions, Bytes message) {
  const Suite* const known = find_suite(suite);
  if (known == nullptr || answer_.retried) return give_up(Outcome::malformed, "a HelloRetryRequest that can't be met");
  answer_.retried = true;
  transcript_.replace_by_hash(*known);
  transcript_.add(message);
  if (const auto share = find_extension(key_share_extension, extensions)) {
    const auto group = ByteReader(*share).read_u16();
    if (!group || std::ranges::find(known_groups(), *group) == known_groups().end()) {
      return give_up(Outcome::malformed, "a HelloRetryRequest for a group that was not offered");
    }
    speech_.keys.clear();
    speech_.keys.emplace_back(*group);
    speech_.hello.key_shares(shares_of(speech_.keys));
  }
  if (const auto cookie = find_extension(cookie_extension, extensions)) {
    speech_.hello.extension(cookie_extension, *cookie);
  }
  if (speech_.change_after_retry) speech_.change_after_retry(speech_.hello);
  say_hello();
}

void RawClient::start_protection(std::uint16_t suite, Bytes extensions, Bytes message) {
  const Suite* const known = find_suite(suite);
  const auto share = find_extension(key_share_extension, extensions);
  if (known == nullptr || !share) return give_up(Outcome::malformed, "a ServerHello of TLS 1.3 without suite or share");
  ByteReader reader(*share);
  const auto group = reader.read_u16();
  const auto peer = reader.read_vector_u16();
  const auto key = std::ranges::find(speech_.keys, group.value_or(0), &KeyExchange::group);
  const auto shared = peer && key != speech_.keys.end() ? key->agree(*peer) : std::nullopt;
  if (!shared) return give_up(Outcome::malformed, "a key share that does not fit the hello's");
  transcript_.add(message);
  protection_.emplace(*known, derive_handshake_secrets(*known, *shared, transcript_).server);
}

void RawClient::read_encrypted_extensions(Bytes body) {
  const auto extensions = ByteReader(body).read_vector_u16();
  if (!extensions) return give_up(Outcome::malformed, "EncryptedExtensions that do not add up");
  answered(*extensions);
}

void RawClient::answered(Bytes extensions) {
  answer_.npn = find_extension(npn_extension, extensions).has_value();
  const auto alpn = find_extension(alpn_extension, extensions);
  if (alpn) answer_.alpn.emplace(alpn->begin(), alpn->end());
  observation_.answer = answer_;
  observation_.outcome = Outcome::answered;
}

void RawClient::give_up(Outcome outcome, std::string why) {
  observation_.outcome = outcome;
  observation_.text = std::move(why);
}

}  // namespace simplon::probe
