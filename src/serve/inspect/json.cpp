#include "serve/inspect/offer.hpp"
#include "serve/inspect/render.hpp"

#include <nlohmann/json.hpp>

namespace simplon::serve::inspect {

namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(std::string_view value) { return value.empty() ? Json(nullptr) : Json(std::string(value)); }

Json or_null(const std::optional<std::chrono::microseconds>& value) {
  return value ? Json(milliseconds(*value)) : Json(nullptr);
}

Json detail_of(const Facts& facts) {
  Json detail = Json::array();
  for (const KnownName& name : shown_offer(facts)) {
    detail.push_back({{"name", std::string(name.name)},
                      {"kind", std::string(name_of(name.kind))},
                      {"description", std::string(name.description)},
                      {"reference", or_null(name.reference)}});
  }
  return detail;
}

}  // namespace

std::string render_json(const Facts& facts, const http::Request& request) {
  const record::Connection& connection = facts.connection;
  Json json;
  json["listener"] = std::string(connection.listener);
  json["client"] = connection.client;
  json["sni"] = or_null(connection.server_name);
  json["offered"] = or_null(connection.offered);
  json["offered_cut"] = connection.offered_cut;
  json["offered_total"] = facts.offered_total                             ? Json(*facts.offered_total)
                          : connection.offered && !connection.offered_cut ? Json(connection.offered->size())
                                                                          : Json(nullptr);
  json["offered_detail"] = connection.offered ? detail_of(facts) : Json(nullptr);
  json["selected"] = or_null(connection.selected);
  json["why"] = facts.why;
  json["order"] = std::string(facts.order);
  json["route"] = or_null(connection.route);
  json["action"] = or_null(connection.action);
  json["would_reject"] = connection.would_reject;
  json["request_protocol"] = std::string(http::name_of(request.version));
  json["tls"] = or_null(connection.tls);
  json["cipher"] = or_null(std::string_view(connection.cipher));
  json["group"] = or_null(facts.group);
  json["resumed"] = connection.resumed;
  json["versions_offered"] = facts.versions_offered;
  json["groups_offered"] = facts.groups_offered;
  json["ech_offered"] = connection.ech_offered;
  json["ja4"] = or_null(std::string_view(connection.ja4));
  json["ja4_r"] = or_null(std::string_view(facts.ja4_raw));
  json["hello_bytes"] = facts.hello_bytes;
  json["hello_ms"] = or_null(connection.hello);
  json["handshake_ms"] = or_null(connection.handshake);
  // Bytes that are no UTF-8 must not stop the answer.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace simplon::serve::inspect
