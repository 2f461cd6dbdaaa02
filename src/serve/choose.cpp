#include "serve/choose.hpp"

#include "route/mirror.hpp"
#include "serve/fingerprint.hpp"
#include "simplon/hello/extension_names.hpp"
#include "simplon/hello/server_name.hpp"

#include <algorithm>
#include <ranges>

namespace simplon::serve {

namespace {

// Log and page are for reading: of a very long list the first entries do.
constexpr std::size_t most_logged_names = 64;

std::string escape(Bytes bytes) {
  const auto id = ProtocolIdView::from(as_text(bytes.first(std::min(bytes.size(), ProtocolIdView::max_size))));
  return id ? to_text(*id) : std::string();
}

// What is text for people only.
void note_detail(record::Connection& facts, const ClientHelloView& hello) {
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

std::unique_ptr<Choice> keep(const Connection& connection, const ClientHelloView& hello, const route::Request& request,
                             const route::Decision& decision, const std::optional<ServerName>& name) {
  auto choice = std::make_unique<Choice>();
  choice->route = *decision.route;
  choice->selected = decision.selected;
  choice->mismatch = decision.mismatch;
  const config::Route& route = connection.config().routes[choice->route];
  if (route.send_proxy == config::ProxyVersion::v2 && name) choice->authority.emplace(as_text(*hello.server_name));
  if (config::terminates(route.action)) {
    if (hello.alpn) choice->offer.emplace(*hello.alpn);
    if (hello.server_name) choice->server_name.emplace(as_text(*hello.server_name));
    if (name) choice->context_name.emplace(name->text());
    const route::RouteSpec& spec = connection.config().table.routes()[choice->route];
    // Past a mismatch nobody negotiates.
    if (spec.role == route::Role::mirror && hello.alpn && !decision.mismatch) {
      choice->mirrored = route::mirror(*hello.alpn, spec.match, route::is_h2_allowed(request));
    }
  }
  return choice;
}

std::unique_ptr<inspect::Facts> describe_hello(const Connection& connection, const ClientHelloView& hello) {
  auto inspection = std::make_unique<inspect::Facts>();
  inspection->order = connection.config().listeners[connection.listener].order == Order::server ? "server" : "client";
  if (connection.facts.offered_cut) {
    inspection->offered_total = static_cast<std::size_t>(std::ranges::distance(*hello.alpn));
  }
  if (hello.supported_versions) {
    for (const std::uint16_t version : *hello.supported_versions) {
      if (inspection->versions_offered.size() == most_logged_names) break;
      if (!is_grease(version)) inspection->versions_offered.emplace_back(version_name(version));
    }
  }
  if (hello.supported_groups) {
    for (const std::uint16_t group : *hello.supported_groups) {
      if (inspection->groups_offered.size() == most_logged_names) break;
      if (!is_grease(group)) inspection->groups_offered.emplace_back(group_name(group));
    }
  }
  inspection->hello_bytes = hello.message.size();
  inspection->ja4_raw = raw_fingerprint(hello);
  return inspection;
}

}  // namespace

std::variant<std::unique_ptr<Choice>, Refused> choose(Connection& connection, const ClientHelloView& hello) {
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
  connection.services.counters.count_hello(connection.listener, hello.alpn, decision.would_reject,
                                           facts.hello.value_or(std::chrono::microseconds{0}));
  facts.ech_offered = hello.encrypted_client_hello.has_value();
  const bool inspected =
      decision.route && std::holds_alternative<config::Inspect>(connection.config().routes[*decision.route].action);
  // The admin server lists connections with it.
  const bool listed = connection.config().admin.address.has_value();
  if (inspected || listed || connection.services.recorder.wants_detail()) note_detail(facts, hello);
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
  auto choice = keep(connection, hello, request, decision, name);
  if (inspected) choice->inspection = describe_hello(connection, hello);
  return choice;
}

}  // namespace simplon::serve
