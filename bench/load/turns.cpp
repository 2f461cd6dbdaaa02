#include "load/turns.hpp"

#include "load/cpu_time.hpp"
#include "load/sockets.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace simplon::bench {

namespace {

constexpr std::chrono::milliseconds warm_up{50};

// Until the server has done with the turn before, its own or another's: two turns must not be measured as one.
void rest() { ::usleep(20'000); }

void print(unsigned round, std::size_t server, const Result& result) {
  const double cpu = std::chrono::duration<double>(result.cpu).count();
  fmt::print(
      "{{\"round\": {}, \"server\": {}, \"operations\": {}, \"errors\": {}, \"seconds\": {:.3f}, "
      "\"cpu_seconds\": {:.6f}}}\n",
      round, server, result.operations, result.errors, result.elapsed.count(), cpu);
}

Server server_from(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) give_up(text.c_str());
  return {.port = static_cast<std::uint16_t>(std::stoul(text.substr(0, colon))),
          .process = static_cast<pid_t>(std::stol(text.substr(colon + 1)))};
}

}  // namespace

bool Meter::go_on(Result& result) {
  const auto now = Clock::now();
  if (!measuring_) {
    if (now < start_ + warm_up) return true;
    measuring_ = true;
    result = {};
    cpu_ = cpu_time_of_tree(server_.process);
    start_ = now;
    return true;
  }
  if (now - start_ < duration_) return true;
  result.cpu = cpu_time_of_tree(server_.process) - cpu_;
  result.elapsed = now - start_;
  return false;
}

Turns::Turns(CLI::App& app) {
  app.add_option("--server", servers_, "PORT:PID; a port on 127.0.0.1, and whose CPU time counts, children included")
      ->required();
  app.add_option("--seconds", seconds_, "Of one turn, after a short warm-up")->capture_default_str();
  app.add_option("--rounds", rounds_, "Turns of each server")->capture_default_str();
}

void Turns::run(const std::function<Result(Server)>& turn) const {
  for (unsigned round = 0; round < rounds_; ++round) {
    for (std::size_t place = 0; place < servers_.size(); ++place) {
      const std::size_t index = round % 2 == 0 ? place : servers_.size() - 1 - place;
      print(round, index, turn(server_from(servers_[index])));
      rest();
    }
  }
}

}  // namespace simplon::bench
