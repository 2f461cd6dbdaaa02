// The road a connection travels: look, decide, own.
#include "serve/choose.hpp"
#include "serve/look.hpp"
#include "serve/owners.hpp"
#include "serve/proxy_header.hpp"
#include "simplon/hello/plain_http.hpp"
#include "simplon/hello/reader.hpp"

#include <algorithm>
#include <variant>

namespace simplon::serve {

namespace {

// What the first bytes led to.
struct Close {};
struct PlainHttp {};
using Finding = std::variant<NeedMore, std::unique_ptr<Choice>, Refused, PlainHttp, Close>;

bool speaks_http(const config::Config& config, std::uint32_t listener) {
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const auto& on = config.table.routes()[i].listeners;
    const bool here = on.empty() || std::ranges::find(on, listener) != on.end();
    const config::Action& action = config.routes[i].action;
    if (here && (std::holds_alternative<config::Inspect>(action) || std::holds_alternative<config::Http>(action))) {
      return true;
    }
  }
  return false;
}

Finding judge_not_tls(Connection& connection, Bytes stream) {
  if (speaks_http(connection.config(), connection.listener)) {
    const HttpGuess guess = looks_like_http(stream);
    if (guess == HttpGuess::need_more) return NeedMore{1};
    if (guess == HttpGuess::yes) {
      connection.fail(record::Reason::plain_http);
      return PlainHttp{};
    }
  }
  connection.fail(record::reason_of(WireError::not_tls));
  return Close{};
}

// Judges all bytes that have come so far. Nothing in the result refers to them.
Finding judge(Connection& connection, std::span<std::byte> stream) {
  const ReadOutcome outcome = read_client_hello(stream, {.hello_bytes = connection.limits().hello_bytes});
  if (const auto* const more = std::get_if<NeedMore>(&outcome)) return *more;
  if (const auto* const hello = std::get_if<ClientHelloView>(&outcome)) {
    connection.facts.hello = connection.age();
    auto chosen = choose(connection, *hello);
    if (auto* const choice = std::get_if<std::unique_ptr<Choice>>(&chosen)) return std::move(*choice);
    return std::get<Refused>(chosen);
  }
  const WireError error = std::get<WireError>(outcome);
  connection.facts.verdict = record::Verdict::rejected;
  if (error == WireError::not_tls) return judge_not_tls(connection, stream);
  connection.fail(record::reason_of(error), std::string(describe(error)));
  const auto alert = alert_of(error);
  if (!alert) return Close{};
  return Refused{*alert};
}

// Past the deadline: the refusal of what has come since `known` bytes were judged, if it deserves one.
std::optional<Refused> look_once_more(Connection& connection, std::size_t known) {
  const Arrived arrived = look(connection);
  if (arrived.stream.size() <= known) return std::nullopt;
  const Finding finding = judge(connection, arrived.stream);
  const auto* const refused = std::get_if<Refused>(&finding);
  return refused != nullptr ? std::optional(*refused) : std::nullopt;
}

// Looks until the bytes can be judged. Never longer than `hello_timeout` after the start.
net::Task<Finding> read_hello(Connection& connection) {
  net::Socket& client = connection.client;
  const HelloLimits limits{.hello_bytes = connection.limits().hello_bytes};
  const net::Deadline deadline(connection.services.deadlines, connection.limits().hello_timeout, client);
  const bool headed = expects_proxy_header(connection);
  if (headed) {
    const bool taken = co_await take_proxy_header(connection, deadline);
    if (!taken) co_return Close{};
  }
  net::LowWaterMark mark(client);
  std::size_t known = 0;
  int looks = 0;
  for (bool first = true;; first = false) {
    // Hardly any hello is there when accept returns, so wait before the first look too. Bytes that are left where they
    // are do not wake us again, but whatever comes, and the mark once it is reached, does. What came with the PROXY
    // header has done so.
    bool ready = true;
    if (!first || !headed) ready = co_await client.wait_readable();
    if (!ready) {
      // What had come without reaching the mark may be broken, and the client is owed the alert for that.
      if (auto refused = look_once_more(connection, known)) co_return *refused;
      connection.fail(deadline.expired() ? record::Reason::hello_timeout : record::Reason::drained);
      co_return Close{};
    }
    const Arrived all = look(connection);
    const std::size_t arrived = all.stream.size();
    if (arrived > known) {
      Finding finding = judge(connection, all.stream);
      const auto* const more = std::get_if<NeedMore>(&finding);
      if (more == nullptr) co_return finding;
      known = arrived;
      // Many tiny records could wake us thousands of times, each time to read everything anew: after the first few,
      // wait until a quarter more has come, as far as the hello can't be whole before.
      const std::size_t quarter = ++looks > 16 ? std::min(arrived / 4, more->whole) : 0;
      mark.set(std::min(arrived + std::max(more->bytes, quarter), limits.stream_bytes()) - connection.taken.size());
    } else if (all.ended || (!all.nothing_new && client.peer_has_closed())) {
      connection.fail(record::Reason::client_closed);
      co_return Close{};
    }
  }
}

// On a listener whose clients speak first and no TLS: a PROXY header, where one is expected.
net::Task<bool> take_first(Connection& connection) {
  if (!expects_proxy_header(connection)) co_return true;
  const net::Deadline deadline(connection.services.deadlines, connection.limits().hello_timeout, connection.client);
  const bool taken = co_await take_proxy_header(connection, deadline);
  if (!taken) discard_arrived(connection);
  co_return taken;
}

// Before any cryptography, and before a backend is asked: there are not too many handshakes under way.
bool may_begin(Connection& connection, const Choice& choice) {
  if (!config::terminates(connection.config().routes[choice.route].action)) return true;
  if (connection.begin_handshake()) return true;
  connection.facts.verdict = record::Verdict::rejected;
  connection.fail(record::Reason::too_many_handshakes);
  return false;
}

net::Task<void> own(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  const config::Action& action = connection->config().routes[choice->route].action;
  if (std::holds_alternative<config::Pass>(action)) return pass(std::move(connection), std::move(choice));
  if (std::holds_alternative<config::Tcp>(action)) return terminate(std::move(connection), std::move(choice));
  if (const auto* const tls = std::get_if<config::Tls>(&action)) {
    if (tls->mirror) return mirror(std::move(connection), std::move(choice));
    return reencrypt(std::move(connection), std::move(choice));
  }
  if (std::holds_alternative<config::Acme>(action)) return answer_challenge(std::move(connection), std::move(choice));
  if (std::holds_alternative<config::Http>(action)) return forward(std::move(connection), std::move(choice));
  return show(std::move(connection), std::move(choice));
}

}  // namespace

net::Task<void> serve(std::shared_ptr<Connection> connection) {
  if (connection->config().listeners[connection->listener].redirect) {
    const bool taken = co_await take_first(*connection);
    if (taken) co_await redirect(std::move(connection));
    co_return;
  }
  Finding finding = co_await read_hello(*connection);
  if (auto* const choice = std::get_if<std::unique_ptr<Choice>>(&finding)) {
    if (may_begin(*connection, **choice)) {
      co_await own(std::move(connection), std::move(*choice));
    } else {
      discard_arrived(*connection);
    }
  } else if (const auto* const refused = std::get_if<Refused>(&finding)) {
    co_await refuse(*connection, refused->alert);
  } else if (std::holds_alternative<PlainHttp>(finding)) {
    co_await answer_plain_http(*connection);
  } else {
    discard_arrived(*connection);
  }
}

}  // namespace simplon::serve
