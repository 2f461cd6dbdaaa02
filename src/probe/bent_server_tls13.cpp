// The bent server of TLS 1.3 (RFC 8446).
#include "probe/bent_server.hpp"
#include "probe/key_exchange.hpp"
#include "probe/key_schedule.hpp"
#include "probe/signature.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace simplon::probe {

namespace {

constexpr std::uint8_t client_hello = 1;
constexpr std::uint8_t finished_message = 20;

constexpr std::uint16_t cookie_extension = 44;

Extension supported_version() {
  return {.type = extension_type::supported_versions, .body = {std::byte{0x03}, std::byte{0x04}}};
}

// Behind `head`, a vector with a length of two bytes.
std::vector<std::byte> with_vector(std::vector<std::byte> head, Bytes content) {
  head.push_back(static_cast<std::byte>(content.size() >> 8));
  head.push_back(static_cast<std::byte>(content.size()));
  head.insert(head.end(), content.begin(), content.end());
  return head;
}

Extension key_share(std::uint16_t group, Bytes share) {
  const std::vector head{static_cast<std::byte>(group >> 8), static_cast<std::byte>(group)};
  return {.type = extension_type::key_share, .body = with_vector(head, share)};
}

// RFC 8446 §4.2.2: at least one byte.
Extension cookie() { return {.type = cookie_extension, .body = with_vector({}, fresh_random())}; }

Extensions joined(Extensions first, const Extensions& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// RFC 8446 §4.4.3: what a server's CertificateVerify signs.
std::vector<std::byte> signed_content(const Secret& digest) {
  using namespace std::string_view_literals;
  std::vector<std::byte> content(64, std::byte{0x20});
  const Bytes context = as_bytes("TLS 1.3, server CertificateVerify\0"sv);
  content.insert(content.end(), context.begin(), context.end());
  content.insert(content.end(), digest.begin(), digest.end());
  return content;
}

class Tls13BentServer final : public BentServer {
 public:
  Tls13BentServer(const Bend& bend, tls::Certificate certificate) : BentServer(bend, std::move(certificate)) {}

 private:
  // What both sides have.
  struct Choice {
    const Suite* suite = nullptr;
    std::optional<KeyShareView> share;
    std::optional<std::uint16_t> scheme;
  };

  [[nodiscard]] bool speaks_with(const ClientHelloView& hello) const override {
    return hello.supported_versions && hello.supported_versions->contains(tls_1_3);
  }
  void answer(const ClientHelloView& hello, const AlpnBody& body) override;
  [[nodiscard]] std::optional<InnerPlaintext> reveal(const Record& record) override;
  void read_message(std::uint8_t type, Bytes message) override;

  [[nodiscard]] Choice choose(const ClientHelloView& hello) const;
  void ask_to_retry(const ClientHelloView& hello, const AlpnBody& body);
  void say_server_hello(const ClientHelloView& hello, const Choice& choice, const AlpnBody& body);
  void say_the_rest(std::uint16_t scheme, const AlpnBody& body);
  void say(Bytes message);

  const Suite* suite_ = nullptr;
  Transcript transcript_;
  HandshakeSecrets secrets_;
  ApplicationSecrets application_;
  std::optional<RecordProtection> opening_;
  std::optional<RecordProtection> sealing_;
};

Tls13BentServer::Choice Tls13BentServer::choose(const ClientHelloView& hello) const {
  Choice choice;
  for (const std::uint16_t number : hello.cipher_suites) {
    if (choice.suite == nullptr) choice.suite = find_suite(number);
  }
  for (const KeyShareView& each : hello.key_share.value_or(KeyShareList())) {
    const bool known = std::ranges::find(known_groups(), each.group) != known_groups().end();
    if (known && !choice.share) choice.share = each;
  }
  choice.scheme = choose_scheme(certificate(), tls_1_3, hello.signature_algorithms.value_or(U16List()));
  return choice;
}

void Tls13BentServer::answer(const ClientHelloView& hello, const AlpnBody& body) {
  transcript_.add(hello.message);
  if (misplaced() == Misplaced::hello_retry_request) return ask_to_retry(hello, body);
  const Choice choice = choose(hello);
  if (choice.suite == nullptr) return stop(Reaction::End::incapable, "it offers no usual suite of TLS 1.3");
  if (!choice.share) return stop(Reaction::End::incapable, "it sends no key share of X25519, P-256 or P-384");
  if (!choice.scheme) return stop(Reaction::End::incapable, "it offers no signature scheme of the certificate's key");
  suite_ = choice.suite;
  say_server_hello(hello, choice, body);
  if (sealing_) say_the_rest(*choice.scheme, body);
}

void Tls13BentServer::ask_to_retry(const ClientHelloView& hello, const AlpnBody& body) {
  const Choice choice = choose(hello);
  if (choice.suite == nullptr) return stop(Reaction::End::incapable, "it offers no usual suite of TLS 1.3");
  send(write_record(content_type::handshake,
                    write_server_hello({.random = retry_random(),
                                        .session_id = hello.session_id,
                                        .suite = choice.suite->number,
                                        .extensions = joined({supported_version(), cookie()},
                                                             out_of_place(Misplaced::hello_retry_request, body))})));
}

void Tls13BentServer::say_server_hello(const ClientHelloView& hello, const Choice& choice, const AlpnBody& body) {
  const KeyExchange key(choice.share->group);
  const auto shared = key.agree(choice.share->key);
  if (!shared) return stop(Reaction::End::malformed, "a key share that is none of its group");
  const std::vector<std::byte> random = fresh_random();
  const std::vector<std::byte> message =
      write_server_hello({.random = random,
                          .session_id = hello.session_id,
                          .suite = suite_->number,
                          .extensions = joined({supported_version(), key_share(choice.share->group, key.share())},
                                               out_of_place(Misplaced::server_hello, body))});
  send(write_record(content_type::handshake, message));
  // RFC 8446 §D.4: where the client takes part in it, by a session id that is none.
  const std::byte one{1};
  if (!hello.session_id.empty()) send(write_record(content_type::change_cipher_spec, Bytes(&one, 1)));
  transcript_.add(message);
  secrets_ = derive_handshake_secrets(*suite_, *shared, transcript_);
  opening_.emplace(*suite_, secrets_.client);
  sealing_.emplace(*suite_, secrets_.server);
}

void Tls13BentServer::say_the_rest(std::uint16_t scheme, const AlpnBody& body) {
  say(write_encrypted_extensions(in_place(body)));
  say(write_certificate(certificate(), out_of_place(Misplaced::certificate, body)));
  say(write_certificate_verify(scheme, sign(certificate(), scheme, signed_content(transcript_.hash(*suite_)))));
  say(write_finished(finished(*suite_, secrets_.server, transcript_)));
  application_ = derive_application_secrets(*suite_, secrets_.handshake, transcript_);
}

void Tls13BentServer::say(Bytes message) {
  transcript_.add(message);
  constexpr std::size_t most_content = 16384;
  while (!message.empty()) {
    const Bytes piece = message.first(std::min(most_content, message.size()));
    send(sealing_->seal(content_type::handshake, piece));
    message = message.subspan(piece.size());
  }
}

std::optional<InnerPlaintext> Tls13BentServer::reveal(const Record& record) {
  // A client that refuses the ServerHello has no keys to say so with.
  if (record.type != content_type::application_data || !opening_) {
    return InnerPlaintext{.type = record.type, .content = record.body};
  }
  return opening_->open(record.header, record.body);
}

void Tls13BentServer::read_message(std::uint8_t type, Bytes message) {
  // The second hello, to the HelloRetryRequest.
  if (type == client_hello && !opening_) return stop(Reaction::End::went_on);
  if (type != finished_message || !opening_) {
    return stop(Reaction::End::malformed, "an unexpected handshake message, type " + std::to_string(type));
  }
  if (!std::ranges::equal(message.subspan(4), finished(*suite_, secrets_.client, transcript_))) {
    return stop(Reaction::End::malformed, "a Finished that does not fit the handshake");
  }
  note_finished();
  opening_.emplace(*suite_, application_.client);
}

}  // namespace

std::unique_ptr<BentServer> make_tls13_bent_server(const Bend& bend, tls::Certificate certificate) {
  return std::make_unique<Tls13BentServer>(bend, std::move(certificate));
}

}  // namespace simplon::probe
