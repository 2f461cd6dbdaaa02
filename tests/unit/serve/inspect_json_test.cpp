// The inspector's answers, and its facts as JSON.
#include "unit/serve/inspect_test_facts.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace simplon::serve::inspect {
namespace {

using Json = nlohmann::json;

Json json_of(const Facts& facts) { return Json::parse(*respond(facts, get("/json")).body); }

std::string type_of(const http::Response& response) {
  for (const http::Field& field : response.fields)
    if (field.name == "content-type") return std::string(field.value);
  return "";
}

TEST(InspectJson, HoldsExactlyTheFacts) {
  const Json expected = Json::parse(R"({
    "listener": "public", "client": "203.0.113.7:51234", "sni": "app.example.com",
    "offered": ["%0A%0A", "h2", "http/1.1"], "offered_cut": false, "offered_total": 3,
    "offered_detail": [
      {"name": "%0A%0A", "kind": "grease", "description": "a made-up name that servers must ignore",
       "reference": "RFC 8701"},
      {"name": "h2", "kind": "registered", "description": "HTTP/2 over TLS", "reference": "RFC 9113"},
      {"name": "http/1.1", "kind": "registered", "description": "HTTP/1.1", "reference": "RFC 9112"}],
    "selected": "h2", "why": "h2 is the first protocol in the server's order that the client offers.",
    "order": "server", "route": 2, "action": "inspect", "would_reject": false, "request_protocol": "HTTP/2",
    "tls": "1.3", "cipher": "TLS_AES_128_GCM_SHA256", "group": "X25519", "resumed": false,
    "versions_offered": ["1.3", "1.2"], "groups_offered": ["X25519", "secp256r1"], "ech_offered": true,
    "ja4": "t13d1516h2_8daaf6152771_02713d6af862", "ja4_r": "t13d1516h2_1301_0005",
    "hello_bytes": 517, "hello_ms": 0.412, "handshake_ms": 1.874})");
  EXPECT_EQ(json_of(browser_facts()), expected);
}

TEST(InspectJson, TellsNoOfferFromAnEmptyOne) {
  Facts facts = browser_facts();
  facts.connection.offered.reset();
  facts.connection.selected.reset();
  facts.connection.server_name.reset();
  EXPECT_TRUE(json_of(facts)["offered"].is_null());
  EXPECT_TRUE(json_of(facts)["offered_total"].is_null());
  EXPECT_TRUE(json_of(facts)["selected"].is_null());
  EXPECT_TRUE(json_of(facts)["sni"].is_null());
  facts.connection.offered.emplace();
  EXPECT_EQ(json_of(facts)["offered"], Json::array());
  EXPECT_EQ(json_of(facts)["offered_total"], 0);
}

TEST(InspectJson, SurvivesBytesThatAreNoText) {
  Facts facts = browser_facts();
  facts.connection.offered = {{"\xFF\xFE\"<"}};
  facts.connection.server_name = "\xC3";
  EXPECT_EQ(json_of(facts)["offered"][0], "\xEF\xBF\xBD\xEF\xBF\xBD\"<");
}

TEST(InspectJson, IsGivenToWhoAsksForIt) {
  const Facts facts = browser_facts();
  const auto accepting = [&](const std::string& accept) {
    http::Request request = get("/");
    request.fields.push_back({"accept", accept});
    return type_of(respond(facts, request));
  };
  EXPECT_EQ(accepting("application/json"), "application/json");
  EXPECT_EQ(accepting("text/plain, Application/JSON;q=0.5"), "application/json");
  EXPECT_EQ(accepting("application/json;q=0"), "text/html; charset=utf-8");
  EXPECT_EQ(accepting("text/html,application/json"), "text/html; charset=utf-8");
  EXPECT_EQ(accepting("*/*"), "text/html; charset=utf-8");
  EXPECT_EQ(type_of(respond(facts, get("/?a=b&format=json"))), "application/json");
  EXPECT_EQ(type_of(respond(facts, get("/?format=jsonx"))), "text/html; charset=utf-8");
}

TEST(InspectRespond, AnswersOtherPathsAndMethods) {
  const Facts facts = browser_facts();
  EXPECT_EQ(respond(facts, get("/")).status, 200U);
  EXPECT_EQ(respond(facts, get("/other")).status, 404U);
  EXPECT_EQ(respond(facts, get("/favicon.ico")).status, 204U);
  http::Request request = get("/");
  request.method = "HEAD";
  EXPECT_EQ(respond(facts, request).status, 200U);
  request.method = "POST";
  EXPECT_EQ(respond(facts, request).status, 405U);
}

TEST(InspectRespond, ForbidsEverythingThePageDoesNotNeed) {
  for (const char* path : {"/", "/json", "/other"}) {
    const http::Response response = respond(browser_facts(), get(path));
    std::size_t found = 0;
    for (const http::Field& field : response.fields) {
      if (field.name == "content-security-policy" && field.value.starts_with("default-src 'none';")) ++found;
      if (field.name == "x-content-type-options" && field.value == "nosniff") ++found;
      if (field.name == "referrer-policy" && field.value == "no-referrer") ++found;
      if (field.name == "cache-control" && field.value == "no-store") ++found;
    }
    EXPECT_EQ(found, 4U) << path;
  }
}

}  // namespace
}  // namespace simplon::serve::inspect
