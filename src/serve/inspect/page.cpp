#include "serve/inspect/offer.hpp"
#include "serve/inspect/render.hpp"
#include "serve/inspect/template.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace simplon::serve::inspect {

namespace {

constexpr std::string_view markup =
#include "page.inc"
    ;

/// Longer values are cut on the page; the JSON has them whole.
std::string shorten(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  return fmt::format("{}…", text.substr(0, most));
}

std::string duration_text(std::chrono::microseconds duration) {
  if (duration < std::chrono::milliseconds(10)) return fmt::format("{:.2f} ms", milliseconds(duration));
  return fmt::format("{:.0f} ms", milliseconds(duration));
}

std::string list_text(const std::vector<std::string>& names) {
  return shorten(fmt::format("{}", fmt::join(names, ", ")), 400);
}

std::string count_text(const Facts& facts) {
  const auto& connection = facts.connection;
  if (!connection.offered) return "nothing";
  if (connection.offered_cut && !facts.offered_total)
    return fmt::format("more than {} names, most preferred first", connection.offered->size());
  const std::size_t count = facts.offered_total.value_or(connection.offered->size());
  return count == 1 ? "1 name" : fmt::format("{} names, most preferred first", count);
}

std::string more_text(const Facts& facts, std::size_t shown) {
  const std::size_t total = facts.offered_total.value_or(facts.connection.offered->size());
  if (facts.connection.offered_cut && !facts.offered_total) return "and more";
  return total > shown ? fmt::format("and {} more", total - shown) : std::string();
}

Values name_row(const KnownName& name, std::size_t place, bool lit) {
  Values row;
  row.set("id", shorten(name.name, 120))
      .set("place", std::to_string(place))
      .set("description", std::string(name.description));
  row.show("lit", lit).show("grease", name.kind == Kind::grease).show("unknown", name.kind == Kind::unknown);
  if (!name.reference.empty()) row.add("has_reference", Values{}.set("reference", std::string(name.reference)));
  return row;
}

void add_offer(Values& page, const Facts& facts) {
  const auto& connection = facts.connection;
  page.set("offer_caption", count_text(facts));
  const std::vector<KnownName> shown = shown_offer(facts);
  if (shown.empty()) {
    page.add("no_offer",
             Values{}.set("no_offer_text",
                          connection.offered ? "An empty list." : "No ALPN extension was in the ClientHello."));
    return;
  }
  Values offer;
  bool lit = false;
  std::size_t place = 0;
  for (const KnownName& name : shown) {
    // A name may stand in the list twice; it counts once.
    const bool chosen = !lit && connection.selected == name.name;
    lit = lit || chosen;
    offer.add("name", name_row(name, ++place, chosen));
  }
  std::string more = more_text(facts, shown.size());
  if (!lit && connection.selected && !more.empty()) more += fmt::format(", {} among them", *connection.selected);
  if (!more.empty()) offer.add("more", Values{}.set("text", std::move(more)));
  page.add("offer", std::move(offer));
}

struct Step {
  std::string_view side;
  std::string_view messages;
  std::string note;
  bool lit = false;
};

Values step_row(Step step) {
  Values row;
  row.set("side", std::string(step.side)).set("messages", std::string(step.messages)).show("lit", step.lit);
  if (!step.note.empty()) row.add("note", Values{}.set("text", std::move(step.note)));
  return row;
}

std::string offer_note(const Facts& facts) {
  const auto& offered = facts.connection.offered;
  if (!offered) return "without ALPN";
  constexpr std::size_t few = 4;
  const std::vector<std::string> first(offered->begin(),
                                       offered->begin() + static_cast<std::ptrdiff_t>(std::min(few, offered->size())));
  return fmt::format("ALPN: {}{}", shorten(fmt::format("{}", fmt::join(first, ", ")), 120),
                     offered->size() > few ? ", …" : "");
}

/// RFC 8446 §2 and §2.2; the answer stands in EncryptedExtensions (§4.3.1).
std::vector<Step> steps_1_3(const Facts& facts, std::string answer) {
  const auto& connection = facts.connection;
  const bool answered = connection.selected.has_value();
  std::string keys = fmt::format("{}{}{}", connection.cipher, facts.group ? " · " : "", facts.group.value_or(""));
  return {{"server", "ServerHello", std::move(keys)},
          {"server", "EncryptedExtensions", answered ? answer + " · already encrypted" : std::move(answer), answered},
          {"server", connection.resumed ? "Finished" : "Certificate, CertificateVerify, Finished",
           connection.resumed ? "resumed: no certificate needed" : ""},
          {"client", "Finished", ""}};
}

/// RFC 5246 §7.3; the answer stands in ServerHello (RFC 7301 §3.1).
std::vector<Step> steps_1_2(const Facts& facts, std::string answer) {
  const auto& connection = facts.connection;
  const bool answered = connection.selected.has_value();
  const Step hello{"server", "ServerHello", answered ? answer + " · readable on the wire" : std::move(answer),
                   answered};
  if (connection.resumed)
    return {hello, {"server", "ChangeCipherSpec, Finished", "resumed"}, {"client", "ChangeCipherSpec, Finished", ""}};
  return {hello,
          {"server", "Certificate … ServerHelloDone", ""},
          {"client", "ClientKeyExchange, ChangeCipherSpec, Finished", connection.cipher},
          {"server", "ChangeCipherSpec, Finished", ""}};
}

void add_steps(Values& page, const Facts& facts, const http::Request& request) {
  const auto& connection = facts.connection;
  page.add("step", step_row({"client", "ClientHello", offer_note(facts), connection.offered.has_value()}));
  std::string answer = connection.selected ? fmt::format("ALPN: {}", *connection.selected) : "no ALPN answer";
  for (Step& step : connection.tls == "1.2" ? steps_1_2(facts, answer) : steps_1_3(facts, answer))
    page.add("step", step_row(std::move(step)));
  page.add("step", step_row({"client", "The first request",
                             fmt::format("{} {}, in {}", request.method, shorten(request.path, 60),
                                         http::name_of(request.version))}));
}

struct Fact {
  std::string_view label;
  std::string value;
  bool mono = false;
  std::string detail;
};

Values fact_row(Fact fact) {
  Values row;
  row.set("label", std::string(fact.label)).set("value", std::move(fact.value));
  row.show(fact.mono ? "mono" : "plain");
  if (!fact.detail.empty()) row.add("detail", Values{}.set("text", std::move(fact.detail)));
  return row;
}

std::string offered_detail(const std::vector<std::string>& names) {
  return names.empty() ? std::string() : fmt::format("offered: {}", list_text(names));
}

void add_facts(Values& page, const Facts& facts, const http::Request& request) {
  const auto& connection = facts.connection;
  const auto add = [&](Fact fact) { page.add("fact", fact_row(std::move(fact))); };
  const std::string none = "none";
  add({"TLS version", fmt::format("TLS {}{}", connection.tls, connection.resumed ? ", resumed" : ""), false,
       offered_detail(facts.versions_offered)});
  add({"Request", std::string(http::name_of(request.version)), false, "the protocol this page came in"});
  if (!connection.cipher.empty()) add({"Cipher suite", connection.cipher, true, ""});
  add({"Server name (SNI)", shorten(connection.server_name.value_or(none), 255), connection.server_name.has_value(),
       ""});
  if (facts.group || !facts.groups_offered.empty())
    add({"Key exchange", facts.group.value_or(none), facts.group.has_value(), offered_detail(facts.groups_offered)});
  add({"Encrypted hello", connection.ech_offered ? "ECH offered" : "ECH not offered", false,
       connection.ech_offered ? "browsers nearly always send one, often a made-up one" : ""});
  add({"ClientHello", fmt::format("{} bytes", facts.hello_bytes), false,
       connection.hello ? fmt::format("whole after {}", duration_text(*connection.hello)) : std::string()});
  if (connection.handshake)
    add({"Handshake", duration_text(*connection.handshake), false, "from the whole hello to its end"});
  add({"Your address", connection.client, true, ""});
  add({"Listener",
       fmt::format("{}{}", connection.listener,
                   connection.route ? fmt::format(", route {}", *connection.route) : std::string()),
       false, ""});
  if (connection.ja4.empty()) return;
  Values ja4 = fact_row({"JA4", connection.ja4, true, ""});
  ja4.show("is_wide");
  if (!facts.ja4_raw.empty()) ja4.add("raw", Values{}.set("text", shorten(facts.ja4_raw, 4096)));
  page.add("fact", std::move(ja4));
}

std::string answered_in(const Facts& facts) {
  const auto& connection = facts.connection;
  if (!connection.selected) return "The handshake went on without an ALPN answer.";
  return connection.tls == "1.2" ? "It said so in ServerHello." : "It said so in EncryptedExtensions.";
}

std::string order_text(const Facts& facts) {
  if (!facts.connection.offered) return "";
  return facts.order == "client" ? "Your client's order decided." : "The server's own order decided.";
}

/// Whether a line with `authority` in it means the same to a shell.
bool safe_in_shell(std::string_view authority) noexcept {
  return std::ranges::all_of(authority, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':';
  });
}

}  // namespace

std::string render_page(const Facts& facts, const http::Request& request) {
  const auto& connection = facts.connection;
  Values page;
  page.set("why", facts.why).set("order", order_text(facts)).set("answered_in", answered_in(facts));
  page.show("agreed", connection.selected.has_value()).show("not_agreed", !connection.selected);
  page.show("would_reject", connection.would_reject);
  if (connection.selected) {
    const KnownName selected = look_up(*connection.selected);
    page.set("title", fmt::format("{} · Simplon", shorten(*connection.selected, 60)));
    page.set("selected", shorten(*connection.selected, 120));
    page.set("selected_description", std::string(selected.description));
    if (!selected.reference.empty())
      page.add("selected_reference", Values{}.set("reference", std::string(selected.reference)));
  } else {
    page.set("title", "no ALPN · Simplon");
    page.set("headline", connection.offered ? "No protocol in common" : "No ALPN was offered");
  }
  add_offer(page, facts);
  add_steps(page, facts, request);
  add_facts(page, facts, request);
  if (request.authority && safe_in_shell(*request.authority))
    page.add("try", Values{}.set("authority", *request.authority));
  return fill(markup, page);
}

}  // namespace simplon::serve::inspect
