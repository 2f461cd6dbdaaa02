#include "probe/findings.hpp"

#include "probe/describe.hpp"

#include <algorithm>
#include <utility>

#include <openssl/x509_vfy.h>

namespace simplon::probe {

namespace {

constexpr std::uint8_t no_application_protocol = 120;

using Findings = std::vector<Finding>;

void add(Findings& findings, std::string_view code, Severity severity, std::string sentence,
         std::string_view section = {}) {
  findings.push_back({code, severity, std::move(sentence), section});
}

// Where several things lead to the same finding, the first has its sentence.
void add_once(Findings& findings, std::string_view code, Severity severity, std::string sentence,
              std::string_view section = {}) {
  const auto same = [&](const Finding& each) { return each.code == code; };
  if (std::ranges::none_of(findings, same)) add(findings, code, severity, std::move(sentence), section);
}

bool is_cut(const VersionProfile& version) noexcept {
  return version.plain.outcome == Outcome::closed || version.plain.outcome == Outcome::reset;
}

// Whether the server could be spoken to at all.
bool judge_reach(const Survey& survey, Findings& findings) {
  if (survey.stopped) {
    add(findings, "stops-answering", Severity::error,
        "it answered at first, and then nothing any more, not even the same hello: connections may be limited, or it "
        "broke");
    return false;
  }
  if (survey.profile.best() != nullptr) return true;
  const Observation& first = survey.profile.versions.front().plain;
  const std::string seen = describe(survey.profile.versions.back().plain, {});
  switch (first.outcome) {
    case Outcome::unreachable:
      add(findings, "unreachable", Severity::error, seen);
      break;
    case Outcome::not_tls:
      add(findings, "not-tls", Severity::error,
          first.text.starts_with("HTTP/") ? "the port speaks plain HTTP: " + seen
                                          : "the port does not speak TLS: " + seen);
      break;
    case Outcome::timed_out:
      add(findings, "silent", Severity::error, "a ClientHello is not answered in time");
      break;
    default:
      if (std::ranges::all_of(survey.profile.versions, is_cut)) {
        add(findings, "cut-on-hello", Severity::error, "a ClientHello ends the connection without a word: " + seen,
            "RFC 8446 §6.2");
        break;
      }
      add(findings, "no-tls-version", Severity::error, "neither TLS 1.3 nor TLS 1.2 is spoken: " + seen,
          "RFC 9325 §3.1");
      break;
  }
  return false;
}

void judge_mismatch(const VersionProfile& version, Findings& findings) {
  const Observation& seen = version.last;
  if (seen.outcome == Outcome::answered) {
    const AlpnVerdict verdict = judge(*seen.answer, version.last_offer);
    if (!verdict.well_formed) {
      const std::string name = verdict.selected ? to_text(*verdict.selected) + " is answered" : "an answer comes";
      add_once(findings, verdict.selected ? "selects-unoffered" : "malformed-answer", Severity::error,
               name + " that no client can take: " + std::string(verdict.objection), "RFC 7301 §3.1");
    } else if (!version.spoken.empty()) {
      add_once(findings, "lenient-mismatch", Severity::warning,
               "an offer without a common protocol is not refused: client and server may go on to speak different ones",
               "RFC 7301 §3.2");
    }
  } else if (seen.outcome == Outcome::alert && seen.alert != no_application_protocol) {
    add_once(findings, "wrong-alert", Severity::note,
             "an offer without a common protocol is refused with " + describe_alert(*seen.alert) +
                 " instead of no_application_protocol (120)",
             "RFC 7301 §3.2");
  } else if (seen.outcome != Outcome::alert) {
    add_once(findings, "cut-on-mismatch", Severity::warning,
             "an offer without a common protocol ends without an alert: " + describe(seen, version.last_offer),
             "RFC 7301 §3.2");
  }
}

void judge_selection(const Survey& survey, const VersionProfile& best, Findings& findings) {
  if (best.plain.answer->alpn) {
    add(findings, "unasked-answer", Severity::error, "a protocol is answered to a client that offered none",
        "RFC 8446 §4.2");
  }
  if (survey.loses_offer) {
    add(findings, "stripped-by-middlebox", Severity::error,
        "no handshake that offers ALPN comes to its end, where one that offers none does: something in between takes "
        "ALPN "
        "out of hellos",
        "RFC 7301 §3.2");
  } else if (best.spoken.empty() && best.last.outcome == Outcome::answered &&
             judge(*best.last.answer, best.last_offer).well_formed) {
    if (survey.without_alpn == Spoken::http_2) {
      add(findings, "h2-without-alpn", Severity::warning,
          "h2 is spoken, but no offer of it is ever answered, so that browsers use http/1.1: something before the "
          "server "
          "ends TLS without ALPN, or the server lacks it",
          "RFC 9113 §3.2");
    } else {
      add(findings, "no-alpn", Severity::note,
          "no offer is ever answered, so that browsers use http/1.1: ALPN is not configured, or something in between "
          "ends TLS",
          "RFC 7301 §3.2");
    }
  }
  if (survey.order == Order::client) {
    add(findings, "client-order", Severity::note, "the client's order decides, not the server's own", "RFC 7301 §3.2");
  }
  if (survey.h2c && survey.h2c->answer && judge(*survey.h2c->answer, alpn_body({"h2c"})).selected) {
    add(findings, "selects-h2c", Severity::error, "h2c, which is for connections without TLS, is selected inside TLS",
        "RFC 9113 §3.2");
  }
  if (survey.kept_by_session) {
    add(findings, "session-keeps-protocol", Severity::error,
        "a resumed session is answered " + to_text(*survey.kept_by_session) + ", which the new hello does not offer",
        "RFC 7301 §3.1");
  }
  if (survey.after_h2 == Spoken::http_1) {
    add(findings, "alpn-not-spoken", Severity::error, "h2 is selected, but HTTP/1.1 is spoken", "RFC 7301 §3.2");
  } else if (survey.after_h2 == Spoken::other) {
    add(findings, "alpn-not-spoken", Severity::error, "h2 is selected, but no SETTINGS frame comes", "RFC 9113 §3.4");
  }
}

// A hello that is unusual, but right, must get the usual answer.
void judge_unusual(const Survey& survey, const std::optional<Observation>& seen, std::string_view code,
                   std::string_view what, std::string_view section, Findings& findings) {
  if (!seen || !survey.usual || survey.usual->outcome != Outcome::answered) return;
  if (seen->outcome != Outcome::answered) {
    add(findings, code, Severity::error, std::string(what) + " fails: " + describe(*seen, survey.offer), section);
  } else if (selection(*seen, survey.offer).has_value() != selection(*survey.usual, survey.offer).has_value()) {
    add(findings, "stripped-by-middlebox", Severity::warning,
        std::string(what) +
            " and the usual one differ in whether their offer is answered: something in between reads "
            "hellos and drops ALPN",
        "RFC 7301 §3.2");
  }
}

void judge_versions(const Survey& survey, Findings& findings) {
  const auto& versions = survey.profile.versions;
  if (!versions.front().supported()) {
    add(findings, "no-tls-1.3", Severity::note, "TLS 1.3 is not spoken", "RFC 9325 §3.1.1");
  }
  if (survey.takes_tls_1_1) add(findings, "old-tls", Severity::warning, "TLS 1.1 is still spoken", "RFC 8996 §5");
  if (versions.size() == 2 && versions[0].supported() && versions[1].supported()) {
    std::vector<ProtocolId> newer = versions[0].spoken;
    std::vector<ProtocolId> older = versions[1].spoken;
    std::ranges::sort(newer);
    std::ranges::sort(older);
    if (newer != older) {
      add(findings, "version-changes-answer", Severity::note, "TLS 1.2 and TLS 1.3 select different protocols");
    }
  }
  if (survey.without_name && survey.without_name->outcome != Outcome::answered) {
    add(findings, "needs-server-name", Severity::note,
        "a client without a server name is refused: " + describe(*survey.without_name, survey.offer));
  } else if (survey.without_name && survey.usual && survey.usual->outcome == Outcome::answered) {
    const auto with = selection(*survey.usual, survey.offer);
    const auto without = selection(*survey.without_name, survey.offer);
    const auto text = [](const std::optional<ProtocolId>& id) {
      return id ? to_text(*id) : std::string("no protocol");
    };
    if (with != without) {
      add(findings, "server-name-changes-answer", Severity::note,
          "without a server name, " + text(without) + " is selected instead of " + text(with));
    }
  }
}

void judge_problem(const CertificateProblem& problem, Findings& findings) {
  switch (problem.error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      if (problem.depth == 0) return;  // its date says so
      return add_once(findings, "certificate-chain", Severity::error, "a certificate above the server's has expired",
                      "RFC 5280 §6.1.3");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return add_once(findings, "certificate-name", Severity::error, "the certificate is not for the name asked for",
                      "RFC 9525 §6");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return add_once(
          findings, "certificate-chain", Severity::error,
          "the certificate's issuer is neither sent nor trusted: an intermediate certificate is missing, or "
          "the authority is a private one",
          "RFC 8446 §4.4.2");
    default:
      return add_once(findings, "certificate-untrusted", Severity::error,
                      "the certificate is not trusted: " + problem.text);
  }
}

void judge_certificate(const Survey& survey, std::chrono::system_clock::time_point now, Findings& findings) {
  if (!survey.handshake_error.empty()) {
    add(findings, "handshake-fails", Severity::error, "no handshake comes to its end: " + survey.handshake_error);
  }
  if (!survey.certificate) return;
  const CertificateFacts& facts = *survey.certificate;
  const auto left = std::chrono::floor<std::chrono::days>(facts.not_after - now).count();
  if (facts.not_after < now) {
    add(findings, "certificate-expired", Severity::error,
        "the certificate expired " + std::to_string(-left) + " days ago", "RFC 5280 §4.1.2.5");
  } else if (left < 14) {
    add(findings, "certificate-expires-soon", Severity::warning,
        "the certificate expires in " + std::to_string(left) + " days");
  }
  for (const CertificateProblem& each : facts.problems)
    judge_problem(each, findings);
}

}  // namespace

std::string_view name_of(Severity severity) noexcept {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "error";
}

std::vector<Finding> find_faults(const Survey& survey, std::chrono::system_clock::time_point now) {
  Findings findings;
  if (!judge_reach(survey, findings)) return findings;
  const VersionProfile& best = *survey.profile.best();
  for (const VersionProfile& each : survey.profile.versions) {
    if (each.supported() && !survey.loses_offer) judge_mismatch(each, findings);
  }
  judge_selection(survey, best, findings);
  judge_unusual(survey, survey.in_segments, "hangs-on-split-hello", "a hello spread over TCP segments", "RFC 9293 §3.8",
                findings);
  judge_unusual(survey, survey.in_records, "fails-on-split-records", "a hello spread over TLS records", "RFC 8446 §5.1",
                findings);
  judge_unusual(survey, survey.large, "fails-on-large-hello", "a hello of 1,800 bytes, as post-quantum keys make it,",
                "RFC 8446 §4.1.2", findings);
  judge_unusual(survey, survey.beside_grease, "grease-intolerant", "a hello with reserved values, as browsers send it,",
                "RFC 8701 §3.1", findings);
  judge_versions(survey, findings);
  judge_certificate(survey, now, findings);
  Findings ordered;
  for (const Severity severity : {Severity::error, Severity::warning, Severity::note}) {
    for (Finding& each : findings) {
      if (each.severity == severity) ordered.push_back(std::move(each));
    }
  }
  return ordered;
}

}  // namespace simplon::probe
