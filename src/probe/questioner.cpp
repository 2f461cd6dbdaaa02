#include "probe/questioner.hpp"

#include "probe/line.hpp"

#include <algorithm>

namespace simplon::probe {

namespace {

bool is_silence(const Observation& seen) noexcept {
  return seen.outcome == Outcome::timed_out || seen.outcome == Outcome::unreachable;
}

}  // namespace

Observation Questioner::ask(const Question& question) {
  if (stopped_) return {.outcome = Outcome::timed_out, .answer = {}, .alert = {}, .text = {}};
  const Clock::time_point begun = Clock::now();
  Observation seen = server_.ask(question);
  if (seen.outcome == Outcome::answered && !answered_) {
    answered_ = question;
    needed_ = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - begun);
  }
  if (!is_silence(seen) || !answered_) return seen;
  // It may be this question that it does not answer, or any.
  constexpr std::chrono::milliseconds least{500};
  server_.timeout = std::min(server_.timeout, std::max(least, 10 * needed_));
  stopped_ = is_silence(server_.ask(*answered_));
  return seen;
}

}  // namespace simplon::probe
