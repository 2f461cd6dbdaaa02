#include "probe/describe.hpp"

#include <openssl/ssl.h>

namespace simplon::probe {

std::string describe_alert(std::uint8_t alert) {
  std::string text = "alert " + std::to_string(alert);
  std::string name = alert == 116 ? "certificate required" : SSL_alert_desc_string_long(alert);
  if (name == "unknown") return text;
  for (char& c : name)
    if (c == ' ') c = '_';
  return text + " (" + name + ")";
}

std::string describe(const Observation& observation, const AlpnBody& offered) {
  switch (observation.outcome) {
    case Outcome::answered: {
      const AlpnVerdict verdict = judge(*observation.answer, offered);
      std::string text = verdict.selected ? to_text(*verdict.selected) + " selected" : "no answer to the offer";
      if (!offered && !verdict.selected) text = "no ALPN answer, and none was asked for";
      return verdict.well_formed ? text : text + ": " + std::string(verdict.objection);
    }
    case Outcome::alert:
      return describe_alert(*observation.alert);
    case Outcome::closed:
      return "connection closed without an alert";
    case Outcome::reset:
      return "connection reset without an alert";
    case Outcome::timed_out:
      return "no answer in time";
    case Outcome::not_tls:
      return "no TLS: \"" + observation.text + '"';
    case Outcome::unreachable:
      return "no connection: " + observation.text;
    case Outcome::malformed:
    case Outcome::waiting:
      break;
  }
  return observation.text;
}

}  // namespace simplon::probe
