// The inspector's page.
#include "unit/serve/inspect_test_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::serve::inspect {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page_of(const Facts& facts) { return *respond(facts, get("/")).body; }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(InspectPage, ShowsWhatWasOfferedAndChosen) {
  const std::string page = page_of(browser_facts());
  EXPECT_THAT(page, HasSubstr("<h1>You negotiated <code>h2</code></h1>"));
  EXPECT_THAT(page, HasSubstr("<li class=\"lit\" aria-current=\"true\"><div><code>h2</code>"));
  EXPECT_EQ(count(page, "aria-current"), 1U);
  EXPECT_LT(page.find("<code>%0A%0A</code>"), page.find("<code>http/1.1</code>"));
  EXPECT_EQ(count(page, ">GREASE</span>"), 1U);
  EXPECT_THAT(page, HasSubstr("h2 is the first protocol in the server&#39;s order that the client offers."));
  for (const char* fact :
       {"TLS 1.3", "TLS_AES_128_GCM_SHA256", "X25519", "app.example.com", "ECH offered", "517 bytes", "1.87 ms",
        "0.41 ms", "t13d1516h2_8daaf6152771_02713d6af862", "t13d1516h2_1301_0005", "203.0.113.7:51234", "HTTP/2"})
    EXPECT_THAT(page, HasSubstr(fact));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
}

TEST(InspectPage, SaysInWhichMessageTheAnswerWas) {  // RFC 7301 §3.1, RFC 8446 §4.3.1
  Facts facts = browser_facts();
  EXPECT_THAT(page_of(facts), HasSubstr("It said so in EncryptedExtensions."));
  facts.connection.tls = "1.2";
  EXPECT_THAT(page_of(facts), HasSubstr("It said so in ServerHello."));
  EXPECT_THAT(page_of(facts), Not(HasSubstr("EncryptedExtensions")));
}

TEST(InspectPage, TellsNoOfferFromAnEmptyOne) {
  Facts facts = browser_facts();
  facts.connection.selected.reset();
  facts.connection.offered.reset();
  EXPECT_THAT(page_of(facts), HasSubstr("No ALPN extension was in the ClientHello."));
  facts.connection.offered.emplace();
  EXPECT_THAT(page_of(facts), HasSubstr("An empty list."));
  EXPECT_THAT(page_of(facts), Not(HasSubstr("0 extra round trips")));
}

TEST(InspectPage, EscapesWhatTheClientSent) {
  const std::string attack = "</code><script>alert(\"1\")</script>'&";
  Facts facts = browser_facts();
  facts.connection.offered = {{attack, "\xFF", "{{why}}", "{{#offer}}"}};
  facts.connection.selected = attack;
  facts.connection.server_name = attack;
  facts.connection.client = attack;
  facts.connection.cipher = attack;
  facts.connection.ja4 = attack;
  facts.ja4_raw = attack;
  facts.why = attack;
  facts.versions_offered = {attack};
  facts.groups_offered = {attack};
  http::Request request = get("/?" + attack);
  request.authority = attack;
  const std::string page = *respond(facts, request).body;
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("\xFF")));
  EXPECT_THAT(page, HasSubstr("&lt;/code&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"));
  EXPECT_THAT(page, HasSubstr("<code>{{why}}</code>"));
}

TEST(InspectPage, OffersNoCommandThatAShellReadsOtherwise) {
  http::Request request = get("/");
  EXPECT_THAT(*respond(browser_facts(), request).body, HasSubstr("curl -sk https://127.0.0.1:8443/json"));
  request.authority = "a;reboot";
  EXPECT_THAT(*respond(browser_facts(), request).body, Not(HasSubstr("curl")));
}

TEST(InspectPage, CutsAVeryLongOffer) {
  Facts facts = browser_facts();
  facts.connection.offered->assign(20'000, "x");
  const std::string page = page_of(facts);
  EXPECT_THAT(page, HasSubstr("and 19984 more, h2 among them"));
  EXPECT_EQ(count(page, "<code>x</code>"), 16U);
  EXPECT_LT(page.size(), 32'768U);
  facts.connection.offered->resize(64);
  facts.connection.offered_cut = true;
  EXPECT_THAT(page_of(facts), HasSubstr("more than 64 names"));
  facts.offered_total = 20'000;
  EXPECT_THAT(page_of(facts), HasSubstr("and 19984 more"));
}

TEST(InspectPage, MarksANameThatStandsTwiceOnce) {
  Facts facts = browser_facts();
  facts.connection.offered = {{"h2", "h2"}};
  EXPECT_EQ(count(page_of(facts), "aria-current"), 1U);
}

TEST(InspectPage, SaysWhatRejectWouldHaveDone) {
  Facts facts = browser_facts();
  EXPECT_THAT(page_of(facts), Not(HasSubstr("no_application_protocol")));
  facts.connection.would_reject = true;
  EXPECT_THAT(page_of(facts), HasSubstr("no_application_protocol"));
}

TEST(InspectPage, LoadsNothing) {
  const std::string page = page_of(browser_facts());
  for (const char* loads : {"src=", "url(", "@import", "<script", "<iframe", "<form"})
    EXPECT_THAT(page, Not(HasSubstr(loads)));
  EXPECT_EQ(count(page, "<link"), 1U);
  EXPECT_THAT(page, HasSubstr("<link rel=\"icon\" href=\"data:image/svg+xml,"));
}

}  // namespace
}  // namespace simplon::serve::inspect
