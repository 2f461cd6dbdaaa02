#include "serve/http/answering.hpp"
#include "serve/inspect/respond.hpp"
#include "serve/owners.hpp"
#include "serve/speak_http.hpp"

namespace simplon::serve {

namespace {

// The names that a route takes, as a sentence lists them.
std::string list_names(const route::Match& match) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < match.names.size() && i < most; ++i) {
    if (i > 0) text += ", ";
    text += to_text(match.names[i]);
  }
  if (match.names.size() > most) text += ", …";
  return text;
}

std::string explain_selection(const Connection& connection, const Choice& choice, std::string_view order) {
  const std::string route = "Route " + std::to_string(connection.config().routes[choice.route].number);
  if (choice.selected) {
    const std::string takes = route + " takes " + list_names(connection.config().table.routes()[choice.route].match);
    const std::string name = to_text(*choice.selected);
    return order == "server" ? takes + ": of what your client offered, the server prefers " + name + "."
                             : takes + ": of these, your client prefers " + name + ".";
  }
  if (choice.mismatch) return "No route takes what your client offered, and this listener lets such clients go on.";
  if (!connection.facts.offered) return "Your client offered nothing, and " + route + " takes such clients.";
  return route + " takes every client and selects nothing.";
}

// Shows the facts of one connection.
class Inspector final : public http::Service {
 public:
  explicit Inspector(inspect::Facts facts)
      : facts_(std::move(facts)),
        answering_([this](const http::Request& request) { return inspect::respond(facts_, request); }) {}

  [[nodiscard]] std::shared_ptr<http::Exchange> open() override { return answering_.open(); }
  void start(std::shared_ptr<http::Exchange> exchange) override { answering_.start(std::move(exchange)); }

 private:
  inspect::Facts facts_;
  http::AnsweringService answering_;
};

}  // namespace

net::Task<void> show(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  auto facts = std::make_shared<inspect::Facts>(std::move(*choice->inspection));
  facts->why = explain_selection(*connection, *choice, facts->order);
  auto inspector = [connection, facts](const tls::ServerConnection& tls) -> std::unique_ptr<http::Service> {
    facts->connection = connection->facts;
    facts->connection.client = connection->peer.to_text();
    if (const auto group = tls.negotiated().group) facts->group = *group;
    return std::make_unique<Inspector>(std::move(*facts));
  };
  return speak_http(std::move(connection), std::move(choice), std::move(inspector));
}

}  // namespace simplon::serve
