#include "probe/survey.hpp"

#include "probe/resume.hpp"

#include <algorithm>
#include <array>

namespace simplon::probe {

namespace {

// RFC 9113 §3.4: the preface, and an empty SETTINGS frame.
constexpr std::string_view preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);

Spoken what_is_spoken(FullClient& client) {
  constexpr std::size_t frame_header = 9;
  const std::string answer = client.exchange(preface, frame_header);
  if (answer.starts_with("HTTP/1.")) return Spoken::http_1;
  constexpr char settings = 4;
  return answer.size() >= frame_header && answer[3] == settings ? Spoken::http_2 : Spoken::other;
}

std::vector<std::byte> offer_of(const VersionProfile& best) {
  std::vector<std::string_view> names;
  names.reserve(best.spoken.size());
  for (const ProtocolId& id : best.spoken)
    names.push_back(id.view().bytes());
  if (names.empty()) names = {"h2", "http/1.1"};
  return alpn_body(names);
}

Order order_of(Questioner& server, const VersionProfile& best) {
  if (best.spoken.size() < 2) return Order::unknown;
  const auto ask = [&](const ProtocolId& first, const ProtocolId& second) {
    const Question question{.version = best.version, .alpn = alpn_body({first.view().bytes(), second.view().bytes()})};
    return selection(server.ask(question), question.alpn);
  };
  const auto forwards = ask(best.spoken[0], best.spoken[1]);
  const auto backwards = ask(best.spoken[1], best.spoken[0]);
  if (!forwards || !backwards) return Order::unknown;
  return *forwards == *backwards ? Order::server : Order::client;
}

void ask_strangely(Questioner& server, const VersionProfile& best, Survey& survey) {
  const Question usual{.version = best.version, .alpn = survey.offer};
  survey.usual = server.ask(usual);
  // What is to be like the usual answer needs one.
  if (survey.usual->outcome != Outcome::answered) return;
  Question question = usual;
  question.grease = true;
  survey.beside_grease = server.ask(question);
  question = usual;
  question.segment = 100;
  survey.in_segments = server.ask(question);
  question = usual;
  question.record = 64;
  survey.in_records = server.ask(question);
  question = usual;
  question.padded_to = 1'800;
  survey.large = server.ask(question);
  question = usual;
  question.names_server = false;
  if (server.server().name) survey.without_name = server.ask(question);
  survey.h2c = server.ask({.version = best.version, .alpn = alpn_body({"h2c"})});
  const Observation old = server.ask({.version = tls_1_1});
  survey.takes_tls_1_1 = old.outcome == Outcome::answered && old.answer->version <= tls_1_1;
}

// What a handshake offers: what is spoken, or what browsers offer where no offer is answered.
std::optional<ProtocolList> offer_for(const VersionProfile& best, bool speaks_h2) {
  if (speaks_h2) return ProtocolList::from(std::array{protocol::h2}).value();
  if (!best.spoken.empty()) return ProtocolList::from(std::array{best.spoken.front().view()}).value();
  // Where it is refused, there is no handshake to see; where an answer can't be read, somebody may have changed the
  // hello.
  if (best.last.outcome != Outcome::answered && best.last.outcome != Outcome::malformed) return std::nullopt;
  return ProtocolList::from(std::array{protocol::h2, protocol::http_1_1}).value();
}

void shake_hands(const Server& server, const VersionProfile& best, const SurveyOptions& options, Survey& survey) {
  const bool speaks_h2 =
      std::ranges::any_of(best.spoken, [](const ProtocolId& id) { return id.view() == protocol::h2; });
  Greeting greeting{.offer = offer_for(best, speaks_h2),
                    .server_name = server.name,
                    .version = best.version,
                    .session = {},
                    .trusted = options.trusted,
                    .timeout = server.timeout};
  FullClient client(server.address, greeting);
  if (!client.error().empty() && best.spoken.empty() && greeting.offer) {
    // Both sides sign what they have seen of the handshake: whoever takes the offer out of a hello breaks it.
    greeting.offer.reset();
    client = FullClient(server.address, greeting);
    survey.loses_offer = client.error().empty();
  }
  survey.handshake_error = client.error();
  if (!client.error().empty()) return;
  survey.certificate = client.certificate();
  if (speaks_h2) survey.after_h2 = what_is_spoken(client);
  if (best.spoken.empty()) survey.without_alpn = what_is_spoken(client);
}

void resume(const Server& server, const VersionProfile& best, Survey& survey) {
  if (best.spoken.empty() || !survey.handshake_error.empty()) return;
  const ProtocolId& first = best.spoken.front();
  const ProtocolIdView second =
      best.spoken.size() > 1 ? best.spoken[1].view() : ProtocolIdView::literal("simplon.example/unknown");
  ResumptionFacts facts = resume_with(server, best.version, first, second);
  if (!facts.why_not.empty()) {
    survey.resumption = facts.why_not;
  } else if (!facts.error.empty()) {
    survey.resumption = "another offer is refused";
  } else if (!facts.resumed) {
    survey.resumption = "another offer makes a whole handshake";
  } else if (facts.selected && facts.selected->view() != second) {
    survey.resumption = "keeps " + to_text(*facts.selected);
    survey.kept_by_session = std::move(facts.selected);
  } else {
    survey.resumption = "another offer gets " + (facts.selected ? to_text(*facts.selected) : "no answer");
  }
}

}  // namespace

std::string_view name_of(Order order) noexcept {
  switch (order) {
    case Order::unknown:
      return "unknown";
    case Order::server:
      return "server";
    case Order::client:
      return "client";
  }
  return "unknown";
}

Survey look_at(const Server& server, const SurveyOptions& options) {
  const Clock::time_point begun = Clock::now();
  Survey survey;
  survey.address = server.address;
  Questioner questioner(server);
  survey.profile = find_profile(questioner, options.candidates);
  if (const VersionProfile* const best = survey.profile.best()) {
    survey.offer = offer_of(*best);
    survey.order = order_of(questioner, *best);
    ask_strangely(questioner, *best, survey);
    survey.stopped = questioner.stopped();
    if (!survey.stopped) shake_hands(questioner.server(), *best, options, survey);
    if (!survey.stopped) resume(questioner.server(), *best, survey);
  }
  survey.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  return survey;
}

}  // namespace simplon::probe
