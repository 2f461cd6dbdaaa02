#include "serve/choose.hpp"

#include "serve/fingerprint.hpp"
#include "simplon/hello/server_name.hpp"

namespace simplon::serve {

namespace {

// A log line is for reading: of a very long list the first names do.
constexpr std::size_t most_logged_names = 64;

std::string escape(Bytes bytes) {
  const auto id = ProtocolIdView::from(as_text(bytes.first(std::min(bytes.size(), ProtocolIdView::max_size))));
  return id ? to_text(*id) : std::string();
}

void note_hello(Connection& connection, const ClientHelloView& hello) {
  record::Connection& facts = connection.facts;
  facts.ech_offered = hello.encrypted_client_hello.has_value();
  if (!connection.services.recorder.wants_detail()) return;
  if (hello.server_name) facts.server_name = escape(*hello.server_name);
  if (hello.alpn) {
    auto& offered = facts.offered.emplace();
    for (const ProtocolIdView id : *hello.alpn) {
      facts.offered_cut = offered.size() == most_logged_names;
      if (facts.offered_cut) break;
      offered.push_back(to_text(id));
    }
  }
  facts.ja4 = fingerprint(hello);
}

Choice keep(const Connection& connection, const ClientHelloView& hello, const route::Decision& decision,
            const std::optional<ServerName>& name) {
  Choice choice{.route = *decision.route,
                .selected = decision.selected,
                .offer = {},
                .server_name = {},
                .context_name = {},
                .mismatch = decision.mismatch};
  if (config::terminates(connection.config().routes[choice.route].action)) {
    if (hello.alpn) choice.offer.emplace(*hello.alpn);
    if (hello.server_name) choice.server_name.emplace(as_text(*hello.server_name));
    if (name) choice.context_name.emplace(name->text());
  }
  return choice;
}

}  // namespace

std::variant<Choice, Refused> choose(Connection& connection, const ClientHelloView& hello) {
  note_hello(connection, hello);
  std::optional<ServerName> name;
  if (hello.server_name) name = ServerName::from(*hello.server_name);

  route::Request request{.listener = connection.listener,
                         .server_name = {},
                         .offer = hello.alpn,
                         .version = static_cast<route::TlsVersion>(highest_version(hello).value_or(0)),
                         .h2_suite = offers_h2_suite(hello)};
  if (name) request.server_name = name->text();
  const route::Decision decision = decide(connection.config().table, request);

  record::Connection& facts = connection.facts;
  facts.would_reject = decision.would_reject;
  if (decision.route) {
    const config::Route& route = connection.config().routes[*decision.route];
    facts.route = route.number;
    facts.action = config::name_of(route.action);
  }
  if (decision.refusal) {
    facts.verdict = record::Verdict::rejected;
    connection.fail(record::reason_of(*decision.refusal));
    return Refused{route::alert_of(*decision.refusal)};
  }
  return keep(connection, hello, decision, name);
}

}  // namespace simplon::serve
