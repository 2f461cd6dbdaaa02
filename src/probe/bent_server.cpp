#include "probe/bent_server.hpp"

#include <new>
#include <utility>

#include <openssl/rand.h>

namespace simplon::probe {

namespace {

constexpr std::uint8_t client_hello = 1;

// A client that has said more than this without making up its mind is not waited for.
constexpr std::size_t most_input = std::size_t{1} << 18;

// The names of an offer that has been parsed.
std::vector<ProtocolId> names_of(const ProtocolListView& list) {
  std::vector<ProtocolId> names;
  for (const ProtocolIdView name : list)
    names.emplace_back(name);
  return names;
}

}  // namespace

std::vector<std::byte> fresh_random() {
  std::vector<std::byte> random(32);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size())) != 1) {
    throw std::bad_alloc();
  }
  return random;
}

std::unique_ptr<BentServer> BentServer::make(std::uint16_t version, const Bend& bend, tls::Certificate certificate) {
  return version == tls_1_3 ? make_tls13_bent_server(bend, std::move(certificate))
                            : make_tls12_bent_server(bend, std::move(certificate));
}

BentServer::BentServer(const Bend& bend, tls::Certificate certificate)
    : bend_(bend), certificate_(std::move(certificate)) {}

std::vector<std::byte> BentServer::take_output() { return std::exchange(output_, {}); }

void BentServer::send(Bytes records) { output_.insert(output_.end(), records.begin(), records.end()); }

void BentServer::stop(Reaction::End end, std::string why) {
  if (reaction_.end != Reaction::End::waiting) return;
  reaction_.end = end;
  reaction_.text = std::move(why);
}

void BentServer::read(Bytes bytes) {
  records_.add(bytes);
  while (reaction_.end == Reaction::End::waiting) {
    if (records_.broken()) return stop(Reaction::End::malformed, "something else than TLS came");
    const auto record = records_.next();
    if (!record) break;
    read_record(*record);
  }
  if (records_.rest().size() + messages_.pending() > most_input) {
    stop(Reaction::End::malformed, "no handshake in the first 256 KiB");
  }
}

void BentServer::read_record(const Record& record) {
  if (record.type == content_type::change_cipher_spec) return change_cipher();
  std::optional<InnerPlaintext> inner;
  if (reaction_.heard) {
    inner = reveal(record);
  } else {
    inner = InnerPlaintext{.type = record.type, .content = record.body};
  }
  if (!inner) return stop(Reaction::End::malformed, "a record that can't be decrypted");
  if (inner->type == content_type::alert) return read_alert(inner->content);
  if (inner->type == content_type::application_data) {
    if (reaction_.finished) return stop(Reaction::End::went_on);
    return stop(Reaction::End::malformed, "application data before the handshake's end");
  }
  messages_.add(inner->content);
  while (reaction_.end == Reaction::End::waiting) {
    const auto message = messages_.next();
    if (!message) return;
    const auto type = std::to_integer<std::uint8_t>(message->front());
    if (reaction_.heard) {
      read_message(type, *message);
    } else if (type == client_hello) {
      read_hello(*message);
    } else {
      stop(Reaction::End::malformed, "a handshake that does not begin with a ClientHello");
    }
  }
}

void BentServer::read_alert(Bytes content) {
  constexpr std::byte fatal{2};
  constexpr std::uint8_t close_notify = 0;
  constexpr std::uint8_t user_canceled = 90;
  if (content.size() != 2) return stop(Reaction::End::malformed, "an alert that does not add up");
  const auto number = std::to_integer<std::uint8_t>(content[1]);
  if (number == close_notify) return stop(Reaction::End::closed);
  // Whoever sends a warning only has not refused; what it does next will tell (RFC 5246 §7.2.2).
  if (number == user_canceled || content[0] != fatal) return;
  reaction_.alert = number;
  stop(Reaction::End::refused);
}

void BentServer::read_hello(Bytes message) {
  const auto hello = parse_client_hello(message);
  if (!hello) return stop(Reaction::End::malformed, std::string(simplon::describe(hello.error())));
  if (hello->alpn) reaction_.offer = names_of(*hello->alpn);
  if (!speaks_with(*hello)) return stop(Reaction::End::incapable, "it does not offer this version");
  const AlpnAnswer body = bend_.answer(reaction_.offer);
  if (!body) return stop(Reaction::End::inapplicable, std::string(body.error()));
  answer(*hello, *body);
  reaction_.heard = reaction_.end == Reaction::End::waiting;
}

Extensions BentServer::in_place(const AlpnBody& body) const {
  if (!body) return {};
  return Extensions(bend_.twice ? 2 : 1, {.type = extension_type::alpn, .body = *body});
}

Extensions BentServer::out_of_place(Misplaced place, const AlpnBody& body) const {
  if (!body || bend_.misplaced != place) return {};
  return {{.type = extension_type::alpn, .body = *body}};
}

}  // namespace simplon::probe
