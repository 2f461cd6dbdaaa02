#include "probe/question.hpp"

#include "simplon/alpn/offer.hpp"

#include <array>
#include <utility>

namespace simplon::probe {

namespace {

constexpr std::uint16_t alpn_extension = 16;
constexpr std::uint16_t supported_versions_extension = 43;
constexpr std::uint16_t psk_modes_extension = 45;
constexpr std::uint16_t key_share_extension = 51;
constexpr std::uint16_t npn_extension = 13172;

Speech speech_for(const Question& question, const std::optional<std::string>& name) {
  const bool retry = question.provokes_retry || question.version <= tls_1_2;
  Speech speech = modern_speech(retry ? std::span<const std::uint16_t>() : known_groups().first(1));
  ClientHelloBuilder& hello = speech.hello;
  hello.supported_versions(std::array{question.version});
  if (question.version < tls_1_2) {
    // With suites that are older than TLS 1.2, of both kinds of key.
    hello.cipher_suites(std::array<std::uint16_t, 6>{0xc009, 0xc00a, 0xc013, 0xc014, 0x002f, 0x0035});
    hello.legacy_version(question.version);
  }
  if (question.version <= tls_1_2) {
    for (const std::uint16_t type : {supported_versions_extension, psk_modes_extension, key_share_extension})
      hello.without_extension(type);
    hello.session_id({});
  }
  if (name && question.names_server) hello.server_name(*name);
  if (question.alpn) hello.extension(alpn_extension, *question.alpn);
  if (question.alpn && question.alpn_twice) hello.repeat_extension(alpn_extension, *question.alpn);
  if (question.npn) hello.extension(npn_extension, {});
  if (question.grease) hello.grease();
  if (question.padded_to != 0) hello.pad_to(question.padded_to);
  speech.fragment = question.record;
  if (question.alpn_after_retry) {
    speech.change_after_retry = [body = *question.alpn_after_retry](ClientHelloBuilder& second) {
      second.extension(alpn_extension, body);
    };
  }
  return speech;
}

}  // namespace

std::string_view version_text(std::uint16_t version) noexcept { return version == tls_1_3 ? "TLS 1.3" : "TLS 1.2"; }

std::vector<std::byte> alpn_body(std::span<const std::string_view> names) {
  ByteWriter writer;
  // Nothing here is too long: callers offer what fits.
  static_cast<void>(writer.write_vector(2, [&](ByteWriter& list) {
    for (const std::string_view name : names)
      static_cast<void>(list.write_vector(1, [&](ByteWriter& bytes) { bytes.write(as_bytes(name)); }));
  }));
  return {writer.bytes().begin(), writer.bytes().end()};
}

std::vector<std::byte> alpn_body(std::initializer_list<std::string_view> names) {
  return alpn_body(std::span(names.begin(), names.size()));
}

Observation Server::ask(const Question& question) const {
  return probe::ask(address, speech_for(question, name), {.timeout = timeout, .segment = question.segment});
}

AlpnVerdict judge(const Answer& answer, const AlpnBody& offered) {
  AlpnVerdict verdict;
  if (answer.alpn) {
    if (const auto list = ProtocolListView::parse(*answer.alpn)) verdict.selected.emplace(*list->begin());
  }
  std::optional<ProtocolListView> offer;
  if (offered) {
    const auto list = ProtocolListView::parse(*offered);
    if (!list) return verdict;  // to what is no offer, no answer is the right one
    offer = *list;
  }
  const auto checked = check_answer(offer, answer.alpn ? std::optional<Bytes>(*answer.alpn) : std::nullopt);
  if (!checked) verdict.objection = describe(checked.error());
  if (answer.alpn_misplaced) verdict.objection = "the answer stands in a ServerHello of TLS 1.3";
  verdict.well_formed = verdict.objection.empty();
  return verdict;
}

std::optional<ProtocolId> selection(const Observation& observation, const AlpnBody& offered) {
  if (!observation.answer) return std::nullopt;
  AlpnVerdict verdict = judge(*observation.answer, offered);
  return verdict.well_formed ? std::move(verdict.selected) : std::nullopt;
}

}  // namespace simplon::probe
