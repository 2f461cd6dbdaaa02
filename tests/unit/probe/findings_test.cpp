// What is found fault with: a survey in which one thing is wrong has one finding.
#include "probe/findings.hpp"

#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::probe {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::sys_days today{std::chrono::year(2026) / 11 / 25};

Observation answered(const AlpnBody& alpn) {
  return {.outcome = Outcome::answered,
          .answer = Answer{.version = tls_1_3, .suite = 0x1301, .alpn = alpn},
          .alert = {},
          .text = {}};
}

Observation refused(std::uint8_t alert) {
  return {.outcome = Outcome::alert, .answer = {}, .alert = alert, .text = {}};
}
Observation ended(Outcome outcome) { return {.outcome = outcome, .answer = {}, .alert = {}, .text = {}}; }

// Of a server with which nothing is wrong.
Survey good() {
  Survey survey;
  survey.offer = alpn_body({"h2", "http/1.1"});
  for (const std::uint16_t version : {tls_1_3, tls_1_2}) {
    VersionProfile profile;
    profile.version = version;
    profile.plain = answered({});
    profile.spoken = {ProtocolId(protocol::h2), ProtocolId(protocol::http_1_1)};
    profile.last = refused(120);
    profile.last_offer = alpn_body({"mqtt"});
    survey.profile.versions.push_back(std::move(profile));
  }
  survey.order = Order::server;
  for (auto* const each : {&survey.usual, &survey.beside_grease, &survey.in_segments, &survey.in_records, &survey.large,
                           &survey.without_name})
    *each = answered(alpn_body({"h2"}));
  survey.h2c = refused(120);
  survey.after_h2 = Spoken::http_2;
  survey.certificate = CertificateFacts{.names = {"example.com"},
                                        .not_before = today - std::chrono::days(10),
                                        .not_after = today + std::chrono::days(60),
                                        .issuer = "Authority",
                                        .problems = {}};
  return survey;
}

// Of one that never answers an offer.
Survey without_alpn() {
  Survey survey = good();
  for (VersionProfile& each : survey.profile.versions) {
    each.spoken.clear();
    each.last = answered({});
  }
  for (auto* const each : {&survey.usual, &survey.beside_grease, &survey.in_segments, &survey.in_records, &survey.large,
                           &survey.without_name, &survey.h2c})
    *each = answered({});
  survey.order = Order::unknown;
  survey.after_h2 = Spoken::not_asked;
  survey.without_alpn = Spoken::http_1;
  return survey;
}

std::vector<std::string> codes_of(const Survey& survey) {
  std::vector<std::string> codes;
  for (const Finding& each : find_faults(survey, today)) {
    EXPECT_FALSE(each.sentence.empty());
    codes.emplace_back(each.code);
  }
  return codes;
}

TEST(Findings, AreNoneWhereNothingIsWrong) { EXPECT_THAT(codes_of(good()), IsEmpty()); }

struct Row {
  const char* code;
  std::function<void(Survey&)> spoil;
};

class OneFault : public testing::TestWithParam<Row> {};

TEST_P(OneFault, IsOneFinding) {
  Survey survey = good();
  GetParam().spoil(survey);
  EXPECT_THAT(codes_of(survey), ElementsAre(GetParam().code));
}

void set_last(Survey& survey, const Observation& last) {
  for (VersionProfile& each : survey.profile.versions)
    each.last = last;
}

void set_plains(Survey& survey, Outcome outcome) {
  for (VersionProfile& each : survey.profile.versions)
    each.plain = ended(outcome);
}

void has_problem(Survey& survey, long error, int depth) {
  survey.certificate->problems.push_back({.error = error, .depth = depth, .text = "what is wrong"});
}

void set_plain(Survey& survey, Outcome outcome) {
  survey.profile.versions.resize(1);
  survey.profile.versions[0].plain = ended(outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OneFault,
    testing::Values(
        Row{"unreachable", [](Survey& s) { set_plain(s, Outcome::unreachable); }},
        Row{"not-tls", [](Survey& s) { set_plain(s, Outcome::not_tls); }},
        Row{"silent", [](Survey& s) { set_plain(s, Outcome::timed_out); }},
        Row{"no-tls-version",
            [](Survey& s) {
              for (VersionProfile& each : s.profile.versions)
                each.plain = refused(70);
            }},
        Row{"lenient-mismatch", [](Survey& s) { set_last(s, answered({})); }},
        Row{"wrong-alert", [](Survey& s) { set_last(s, refused(40)); }},
        Row{"cut-on-mismatch", [](Survey& s) { set_last(s, ended(Outcome::reset)); }},
        Row{"selects-unoffered", [](Survey& s) { set_last(s, answered(alpn_body({"h2"}))); }},
        Row{"malformed-answer", [](Survey& s) { set_last(s, answered(alpn_body({}))); }},
        Row{"unasked-answer", [](Survey& s) { s.profile.versions[0].plain = answered(alpn_body({"h2"})); }},
        Row{"client-order", [](Survey& s) { s.order = Order::client; }},
        Row{"selects-h2c", [](Survey& s) { s.h2c = answered(alpn_body({"h2c"})); }},
        Row{"session-keeps-protocol", [](Survey& s) { s.kept_by_session.emplace(protocol::h2); }},
        Row{"alpn-not-spoken", [](Survey& s) { s.after_h2 = Spoken::http_1; }},
        Row{"hangs-on-split-hello", [](Survey& s) { s.in_segments = ended(Outcome::timed_out); }},
        Row{"fails-on-split-records", [](Survey& s) { s.in_records = refused(10); }},
        Row{"fails-on-large-hello", [](Survey& s) { s.large = ended(Outcome::reset); }},
        Row{"grease-intolerant", [](Survey& s) { s.beside_grease = refused(47); }},
        Row{"stripped-by-middlebox", [](Survey& s) { s.in_records = answered({}); }},
        Row{"old-tls", [](Survey& s) { s.takes_tls_1_1 = true; }},
        Row{"needs-server-name", [](Survey& s) { s.without_name = refused(112); }},
        Row{"server-name-changes-answer", [](Survey& s) { s.without_name = answered({}); }},
        Row{"version-changes-answer", [](Survey& s) { s.profile.versions[1].spoken.pop_back(); }},
        Row{"handshake-fails", [](Survey& s) { s.handshake_error = "no shared cipher"; }},
        Row{"certificate-expired", [](Survey& s) { s.certificate->not_after = today - std::chrono::days(2); }},
        Row{"certificate-expires-soon", [](Survey& s) { s.certificate->not_after = today + std::chrono::days(3); }},
        Row{"certificate-name", [](Survey& s) { has_problem(s, 62, 0); }},
        Row{"certificate-chain",
            [](Survey& s) {
              has_problem(s, 20, 0);
              has_problem(s, 21, 0);  // what follows from the first is no second finding
            }},
        Row{"certificate-untrusted", [](Survey& s) { has_problem(s, 18, 0); }},
        Row{"stops-answering",
            [](Survey& s) {
              s.stopped = true;
              s.large = ended(Outcome::timed_out);
            }},
        Row{"cut-on-hello", [](Survey& s) { set_plains(s, Outcome::reset); }}));

TEST(Findings, TellOfAnIssuerThatHasExpired) {
  Survey survey = good();
  has_problem(survey, 10, 1);
  EXPECT_THAT(codes_of(survey), ElementsAre("certificate-chain"));
}

TEST(Findings, TellAllThatIsWrongWithACertificate) {
  Survey survey = good();
  has_problem(survey, 20, 0);
  has_problem(survey, 62, 0);
  EXPECT_THAT(codes_of(survey), ElementsAre("certificate-chain", "certificate-name"));
}

TEST(Findings, TellOfAnotherProtocolWithoutAServerName) {
  Survey survey = good();
  survey.without_name = answered(alpn_body({"http/1.1"}));
  EXPECT_THAT(codes_of(survey), ElementsAre("server-name-changes-answer"));
  EXPECT_EQ(find_faults(survey, today).front().sentence, "without a server name, http/1.1 is selected instead of h2");
}

TEST(Findings, LookAtTheMismatchOfBothVersions) {
  Survey survey = good();
  survey.profile.versions[1].last = refused(40);
  EXPECT_THAT(codes_of(survey), ElementsAre("wrong-alert"));
}

TEST(Findings, TellWhoTakesTheOfferOut) {
  Survey survey = without_alpn();
  survey.loses_offer = true;
  EXPECT_THAT(codes_of(survey), ElementsAre("stripped-by-middlebox"));
}

TEST(Findings, TellAServerThatOnlyLacksTls13) {
  Survey survey = good();
  survey.profile.versions[0].plain = refused(70);
  EXPECT_THAT(codes_of(survey), ElementsAre("no-tls-1.3"));
}

TEST(Findings, TellWhoNeverAnswers) {
  Survey survey = without_alpn();
  EXPECT_THAT(codes_of(survey), ElementsAre("no-alpn"));
  survey.without_alpn = Spoken::http_2;
  EXPECT_THAT(codes_of(survey), ElementsAre("h2-without-alpn"));
}

TEST(Findings, TellWhoAnswersWhereAMiddleboxDoesNotLook) {
  Survey survey = without_alpn();
  survey.in_segments = answered(alpn_body({"h2"}));
  EXPECT_THAT(codes_of(survey), testing::Contains("stripped-by-middlebox"));
}

TEST(Findings, BeginWithTheWorst) {
  Survey survey = good();
  survey.order = Order::client;
  set_last(survey, answered({}));
  survey.after_h2 = Spoken::other;
  EXPECT_THAT(codes_of(survey), ElementsAre("alpn-not-spoken", "lenient-mismatch", "client-order"));
}

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(std::string(SIMPLON_SOURCE_DIR) + "/" + path).rdbuf();
  return text.str();
}

// Every code that the source names has its section in the documentation, and no other has.
TEST(Findings, AreExplained) {
  const auto all = [](const std::string& text, const std::regex& pattern) {
    std::set<std::string> found;
    for (std::sregex_iterator each(text.begin(), text.end(), pattern); each != std::sregex_iterator(); ++each)
      found.insert((*each)[1]);
    return found;
  };
  const std::regex in_source(R"re("((?!RFC)[a-z0-9.]+(?:-[a-z0-9.]+)+|silent|unreachable)")re");
  const std::regex in_documentation(R"re(\n### `([^`]+)`)re");
  const auto codes = all(read("src/probe/findings.cpp"), in_source);
  EXPECT_GT(codes.size(), 25U);
  EXPECT_EQ(all(read("docs/findings.md"), in_documentation), codes);
}

// Each section says what to do about it on each of these.
TEST(Findings, AreExplainedForEveryServer) {
  const std::string text = read("docs/findings.md");
  std::size_t sections = 0;
  for (std::size_t at = text.find("\n### `"); at != std::string::npos;) {
    const std::size_t next = text.find("\n### `", at + 1);
    const std::string section = text.substr(at, next - at);
    for (const char* const server : {"nginx", "HAProxy", "Apache", "Envoy", "Node", "Go", "OpenSSL code"})
      EXPECT_TRUE(std::regex_search(section, std::regex("\\b" + std::string(server) + "\\b"))) << server << section;
    at = next;
    ++sections;
  }
  EXPECT_GT(sections, 30U);
}

}  // namespace

}  // namespace simplon::probe
