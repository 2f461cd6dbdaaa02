// The bent server of TLS 1.2 (RFC 5246), with ECDHE and AES-128-GCM.
#include "probe/bent_server.hpp"
#include "probe/key_exchange.hpp"
#include "probe/signature.hpp"
#include "probe/tls12_protection.hpp"

#include <algorithm>
#include <utility>

namespace simplon::probe {

namespace {

constexpr std::uint8_t client_key_exchange = 16;
constexpr std::uint8_t finished_message = 20;

constexpr std::uint16_t ecdhe_ecdsa_aes_128_gcm = 0xc02b;
constexpr std::uint16_t ecdhe_rsa_aes_128_gcm = 0xc02f;
constexpr std::uint16_t empty_renegotiation_info_scsv = 0x00ff;
constexpr std::uint16_t renegotiation_info_extension = 0xff01;

bool renegotiates_securely(const ClientHelloView& hello) {
  const auto is_it = [](const ExtensionView& each) { return each.type == renegotiation_info_extension; };
  return hello.cipher_suites.contains(empty_renegotiation_info_scsv) || std::ranges::any_of(hello.extensions, is_it);
}

class Tls12BentServer final : public BentServer {
 public:
  Tls12BentServer(const Bend& bend, tls::Certificate certificate) : BentServer(bend, std::move(certificate)) {}

 private:
  [[nodiscard]] bool speaks_with(const ClientHelloView& hello) const override {
    return hello.supported_versions ? hello.supported_versions->contains(tls_1_2) : hello.legacy_version >= tls_1_2;
  }
  void answer(const ClientHelloView& hello, const AlpnBody& body) override;
  [[nodiscard]] std::optional<InnerPlaintext> reveal(const Record& record) override;
  void read_message(std::uint8_t type, Bytes message) override;
  void change_cipher() override;

  [[nodiscard]] std::uint16_t suite() const;
  void read_key_exchange(Bytes body);
  void read_finished(Bytes message);
  void say(Bytes message);

  std::vector<std::byte> client_random_;
  std::vector<std::byte> server_random_ = fresh_random();
  Transcript transcript_;
  std::optional<KeyExchange> key_;
  std::optional<Tls12Secrets> secrets_;
  std::optional<Tls12Protection> opening_;
};

std::uint16_t Tls12BentServer::suite() const {
  const bool rsa = certificate().key_type() == tls::KeyType::rsa || certificate().key_type() == tls::KeyType::rsa_pss;
  return rsa ? ecdhe_rsa_aes_128_gcm : ecdhe_ecdsa_aes_128_gcm;
}

void Tls12BentServer::answer(const ClientHelloView& hello, const AlpnBody& body) {
  const auto groups = known_groups();
  const auto group = std::ranges::find_if(groups, [&](std::uint16_t each) {
    // RFC 8422 §4: a client that names no group takes any.
    return hello.supported_groups ? hello.supported_groups->contains(each) : each == group::p_256;
  });
  const auto scheme = choose_scheme(certificate(), tls_1_2, hello.signature_algorithms.value_or(U16List()));
  if (!hello.cipher_suites.contains(suite())) {
    return stop(Reaction::End::incapable, "it does not offer ECDHE with the certificate's key and AES-128-GCM");
  }
  if (group == groups.end()) return stop(Reaction::End::incapable, "it offers none of X25519, P-256 and P-384");
  if (!scheme) return stop(Reaction::End::incapable, "it offers no signature scheme of the certificate's key");

  client_random_.assign(hello.random.begin(), hello.random.end());
  key_.emplace(*group);
  transcript_.add(hello.message);
  Extensions extensions = in_place(body);
  if (renegotiates_securely(hello)) {
    // RFC 5746 §3.6: of a first handshake there is nothing to say.
    extensions.insert(extensions.begin(), {.type = renegotiation_info_extension, .body = {std::byte{0}}});
  }
  say(write_server_hello(
      {.random = server_random_, .session_id = {}, .suite = suite(), .extensions = std::move(extensions)}));
  say(write_tls12_certificate(certificate()));
  const std::vector<std::byte> parameters = write_key_exchange_parameters(*group, key_->share());
  std::vector<std::byte> content = client_random_;
  content.insert(content.end(), server_random_.begin(), server_random_.end());
  content.insert(content.end(), parameters.begin(), parameters.end());
  say(write_server_key_exchange(parameters, *scheme, sign(certificate(), *scheme, content)));
  say(write_server_hello_done());
}

void Tls12BentServer::say(Bytes message) {
  transcript_.add(message);
  constexpr std::size_t most_content = 16384;
  while (!message.empty()) {
    const Bytes piece = message.first(std::min(most_content, message.size()));
    send(write_record(content_type::handshake, piece));
    message = message.subspan(piece.size());
  }
}

void Tls12BentServer::change_cipher() {
  if (!secrets_) return stop(Reaction::End::malformed, "a ChangeCipherSpec before the key exchange");
  opening_.emplace(secrets_->client);
}

std::optional<InnerPlaintext> Tls12BentServer::reveal(const Record& record) {
  if (!opening_) return InnerPlaintext{.type = record.type, .content = record.body};
  return opening_->open(record.header, record.body);
}

void Tls12BentServer::read_message(std::uint8_t type, Bytes message) {
  if (type == client_key_exchange && !secrets_) {
    transcript_.add(message);
    return read_key_exchange(message.subspan(4));
  }
  if (type == finished_message && opening_) return read_finished(message);
  stop(Reaction::End::malformed, "an unexpected handshake message, type " + std::to_string(type));
}

void Tls12BentServer::read_key_exchange(Bytes body) {
  const auto share = ByteReader(body).read_vector_u8();
  const auto shared = share ? key_->agree(*share) : std::nullopt;
  if (!shared) return stop(Reaction::End::malformed, "a key share that is none of its group");
  secrets_ = derive_tls12_secrets(*shared, client_random_, server_random_);
}

void Tls12BentServer::read_finished(Bytes message) {
  if (!std::ranges::equal(message.subspan(4), tls12_finished(secrets_->master, Tls12Side::client, transcript_))) {
    return stop(Reaction::End::malformed, "a Finished that does not fit the handshake");
  }
  transcript_.add(message);
  const std::byte one{1};
  send(write_record(content_type::change_cipher_spec, Bytes(&one, 1)));
  Tls12Protection sealing(secrets_->server);
  send(sealing.seal(content_type::handshake,
                    write_finished(tls12_finished(secrets_->master, Tls12Side::server, transcript_))));
  note_finished();
}

}  // namespace

std::unique_ptr<BentServer> make_tls12_bent_server(const Bend& bend, tls::Certificate certificate) {
  return std::make_unique<Tls12BentServer>(bend, std::move(certificate));
}

}  // namespace simplon::probe
