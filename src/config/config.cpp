#include "config/config.hpp"

namespace simplon::config {

namespace {

struct ActionName {
  std::string_view operator()(const Pass&) const noexcept { return "pass"; }
  std::string_view operator()(const Tcp&) const noexcept { return "tcp"; }
  std::string_view operator()(const Tls&) const noexcept { return "tls"; }
  std::string_view operator()(const Http&) const noexcept { return "http"; }
  std::string_view operator()(const Acme&) const noexcept { return "acme_dir"; }
  std::string_view operator()(const Inspect&) const noexcept { return "inspect"; }
  std::string_view operator()(const Reject&) const noexcept { return "reject"; }
};

}  // namespace

std::string_view name_of(const Action& action) noexcept { return std::visit(ActionName{}, action); }

bool terminates(const Action& action) noexcept {
  return !std::holds_alternative<Pass>(action) && !std::holds_alternative<Reject>(action);
}

bool needs_certificate(const Action& action) noexcept {
  return terminates(action) && !std::holds_alternative<Acme>(action);
}

}  // namespace simplon::config
