// simplon explain: which route wins, and why did each other not?
#include "cli/command.hpp"
#include "cli/configuration.hpp"
#include "cli/explanation.hpp"
#include "cli/json_output.hpp"
#include "cli/protocol_names.hpp"
#include "cli/terminal.hpp"
#include "config/spelling.hpp"
#include "simplon/alpn/protocol_list.hpp"
#include "simplon/hello/server_name.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

struct Options {
  std::string config;
  std::optional<std::string> server_name;
  std::optional<std::string> alpn;
  std::string tls = "1.3";
  std::optional<std::string> listener;
  bool json = false;
};

ExitStatus wrong_usage(std::string_view option, std::string_view message) {
  fmt::print(stderr, "simplon explain: {}: {}\n", option, message);
  return ExitStatus::wrong_usage;
}

std::expected<ProtocolList, std::string> parse_offer(std::string_view text) {
  const auto ids = parse_names(text);
  if (!ids) return std::unexpected(ids.error());
  const std::vector<ProtocolIdView> views(ids->begin(), ids->end());
  auto list = ProtocolList::from(views);
  if (!list) return std::unexpected(std::string(describe(list.error())));
  return std::move(*list);
}

// The listener of that name, or the first; of those that redirect nothing is to be explained.
std::expected<std::uint32_t, std::string> find_listener(const config::Config& config,
                                                        const std::optional<std::string>& name) {
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    if (listener.redirect) {
      if (name != listener.name) continue;
      return std::unexpected(
          fmt::format("the listener {} answers redirects only, so no route holds there", config::quote(*name)));
    }
    if (!name || listener.name == *name) return i;
    names.push_back(listener.name);
  }
  return std::unexpected(
      fmt::format("no listener has the name {}{}", config::quote(*name), config::did_you_mean(*name, names)));
}

ExitStatus explain(const Options& options) {
  std::optional<ProtocolList> offer;
  if (options.alpn) {
    auto parsed = parse_offer(*options.alpn);
    if (!parsed) return wrong_usage("--alpn", parsed.error());
    offer = std::move(*parsed);
  }
  const auto config = load_or_report(options.config);
  if (!config) return config.error();
  const auto listener = find_listener(*config, options.listener);
  if (!listener) return wrong_usage("--listener", listener.error());

  const auto server_name =
      options.server_name ? ServerName::from(as_bytes(*options.server_name)) : std::optional<ServerName>();
  route::Request request;
  request.listener = *listener;
  if (server_name) request.server_name = server_name->text();
  if (offer) request.offer = offer->view();
  request.version = options.tls == "1.2" ? route::TlsVersion::tls_1_2 : route::TlsVersion::tls_1_3;

  Explained explained{.config = *config,
                      .listener = config->listeners[*listener],
                      .server_name = {},
                      .offered = {},
                      .tls = options.tls,
                      .unusable_server_name = {},
                      .explanation = route::explain(config->table, request)};
  if (server_name) explained.server_name = server_name->text();
  if (options.server_name && !server_name) explained.unusable_server_name = options.server_name;
  if (offer) {
    explained.offered.emplace();
    for (const ProtocolIdView id : offer->view())
      explained.offered->push_back(simplon::to_text(id));
  }
  if (options.json) {
    fmt::print("{}\n", dump(to_json(explained)));
  } else {
    fmt::print("{}", to_text(explained));
  }
  return explained.explanation.decision.refusal ? ExitStatus::no : ExitStatus::fine;
}

}  // namespace

Run declare_explain(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  subcommand.add_option("-c,--config", options->config, "The configuration file")->required()->type_name("FILE");
  subcommand.add_option("--sni", options->server_name, "The server name that the client sends; without: none")
      ->type_name("NAME");
  subcommand
      .add_option("--alpn", options->alpn,
                  "The protocols that the client offers, in its order, joined by commas; without: no ALPN extension")
      ->type_name("A,B");
  subcommand.add_option("--tls", options->tls, "The highest TLS version that both sides have (default 1.3)")
      ->check(CLI::IsMember({"1.2", "1.3"}))
      ->type_name("1.2|1.3");
  subcommand.add_option("--listener", options->listener, "The listener's name; without: the first that has routes")
      ->type_name("NAME");
  subcommand.add_flag("--json", options->json, "Print one JSON object");
  subcommand.footer(
      "A byte of a protocol name that is not printable, and each of % , \" \\ is written %XX.\n"
      "Exit status: 0 a route wins, 1 refused or an invalid configuration, 2 wrong usage, 3 the file can't be read.\n\n"
      "Example:\n  simplon explain -c simplon.toml --sni app.example.com --alpn h2,http/1.1");
  return [options] { return explain(*options); };
}

}  // namespace simplon::cli
