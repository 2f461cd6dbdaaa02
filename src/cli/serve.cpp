// simplon serve: run the gateway.
#include "admin/log.hpp"
#include "admin/token.hpp"
#include "cli/command.hpp"
#include "cli/configuration.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "gateway/activation.hpp"
#include "gateway/gateway.hpp"
#include "gateway/listen.hpp"
#include "gateway/notify.hpp"
#include "gateway/privileges.hpp"
#include "gateway/reloader.hpp"
#include "serve/prepare.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace simplon::cli {

namespace {

struct Options {
  std::string config;
  std::string listen = "127.0.0.1:8443";
  std::string certificate;
  std::string key;
  std::optional<std::string> http;
};

std::expected<config::Config, ExitStatus> load(const Options& options) {
  if (!options.config.empty()) return load_or_report(options.config);
  std::optional<config::CertificateFiles> certificate;
  if (!options.certificate.empty()) certificate = {.chain = options.certificate, .key = options.key};
  auto config = config::quick(options.listen, std::move(certificate), options.http);
  if (config) return std::move(*config);
  for (const config::Problem& problem : config.error())
    print_error(problem);
  return std::unexpected(ExitStatus::wrong_usage);
}

// For a configuration that names none; the quick forms make one.
std::expected<std::vector<tls::Certificate>, ExitStatus> make_certificates(const config::Config& config, bool quick) {
  if (!quick || !config.certificates.empty()) return {};
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  const std::string& ip = config.listeners.front().address.ip;
  if (std::ranges::find(names, ip) == names.end()) names.push_back(ip);
  auto certificate = tls::make_self_signed(names);
  if (certificate) return std::vector{std::move(*certificate)};
  fmt::print(stderr, "simplon: {}\n", tls::describe(certificate.error()));
  return std::unexpected(ExitStatus::failed);
}

// The address as a browser on this machine would write it.
std::string url_of(const net::Endpoint& address) {
  const std::string text = address.to_text();
  for (const std::string_view any : {"0.0.0.0:", "[::]:"}) {
    if (text.starts_with(any)) return fmt::format("https://localhost:{}/", address.port());
  }
  return fmt::format("https://{}/", text);
}

void greet(const gateway::Gateway& gateway, const Options& options) {
  const std::string url = url_of(gateway.addresses().front());
  const bool self_signed = options.certificate.empty();
  fmt::print("Simplon is listening: {}{}{}\n", url,
             options.http ? fmt::format(" in front of {}", printable(*options.http)) : "",
             self_signed ? "  (with a self-signed certificate, kept in memory)" : "");
  fmt::print("Open it in a browser, or try:\n");
  for (const std::string_view version : {"--http2", "--http1.1"}) {
    fmt::print("  curl {}{} {}{}\n", self_signed ? "-k " : "", version, url, options.http ? "" : "json");
  }
  fmt::print("Every connection is logged below, one JSON object a line. Stop with Ctrl-C.\n");
  std::fflush(stdout);
}

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
    sigaddset(&signals, each);
  return signals;
}

// A signal that has come, or 0.
int take_signal(int descriptor) {
  signalfd_siginfo info{};
  return ::read(descriptor, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

int milliseconds_until(gateway::Reloader::Clock::time_point due) {
  const auto rest = due - gateway::Reloader::Clock::now();
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(rest).count()));
}

// For `systemctl status`.
std::string describe(const gateway::Gateway& gateway) {
  const auto snapshot = gateway.snapshot();
  return fmt::format("Serving: {} listeners, {} routes, {} workers", snapshot->config().listeners.size(),
                     snapshot->config().routes.size(), gateway.shards());
}

// Serves signals and changed files until a signal says to stop.
void wait_for_stop(const sigset_t& signals, admin::Log& log, const gateway::Gateway& gateway,
                   gateway::Reloader& reloader) {
  const int descriptor = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  for (;;) {
    std::array<pollfd, 2> waiting = {pollfd{.fd = descriptor, .events = POLLIN, .revents = 0},
                                     pollfd{.fd = reloader.descriptor(), .events = POLLIN, .revents = 0}};
    ::poll(waiting.data(), waiting.size(), milliseconds_until(reloader.due()));
    reloader.look();
    const int signal = take_signal(descriptor);
    if (signal == SIGUSR1) log.reopen();
    if (signal == SIGHUP) {
      gateway::notify_reloading();
      reloader.reload();
      gateway::notify_ready(describe(gateway));
    }
    if (signal == SIGTERM || signal == SIGINT) break;
  }
  ::close(descriptor);
}

// Binds, and gives up what only that needs. Says what went wrong.
std::optional<gateway::Bound> bind_and_drop_privileges(const config::Config& config) {
  std::string failure;
  if (auto inherited = gateway::InheritedSockets::from_environment()) {
    auto bound = gateway::bind(config, std::move(*inherited));
    if (!bound) {
      failure = bound.error();
    } else if (auto refused = gateway::drop_privileges(config.server)) {
      failure = std::move(*refused);
    } else {
      return std::move(*bound);
    }
  } else {
    failure = inherited.error();
  }
  fmt::print(stderr, "simplon: {}\n", failure);
  return std::nullopt;
}

void drain(gateway::Gateway& gateway, const gateway::Gateway::Note& note) {
  const std::string left = fmt::format("{} connections to finish", gateway.connections());
  gateway::notify_stopping(left);
  note("stopping", left);
  // Whoever is told a second time goes at once.
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
  gateway.stop();
  note("stopped", "all connections have ended");
}

ExitStatus serve(const Options& options) {
  const bool quick = options.config.empty();
  auto config = load(options);
  if (!config) return config.error();
  for (const config::Problem& warning : config->warnings)
    print_warning(warning);
  const auto made = make_certificates(*config, quick);
  if (!made) return made.error();
  auto prepared = serve::prepare(std::make_shared<const config::Config>(std::move(*config)), nullptr, *made);
  if (!prepared) {
    for (const config::Problem& problem : prepared.error())
      print_error(problem);
    return ExitStatus::no;
  }
  for (const config::Problem& warning : prepared->warnings)
    print_warning(warning);
  // Blocked before any thread starts, so that only this one gets them. A peer that is gone must not kill the process.
  const sigset_t signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  // The gateway's alone once that runs: it is to be gone when it is replaced.
  std::shared_ptr<const serve::Snapshot> snapshot = std::move(prepared->snapshot);
  const config::ServerSettings server = snapshot->config().server;
  const auto token = admin::Token::load(snapshot->config().admin);
  if (!token) {
    print_error(token.error());
    return ExitStatus::no;
  }
  // Before the log's thread starts, which would keep them.
  auto bound = bind_and_drop_privileges(snapshot->config());
  if (!bound) return ExitStatus::failed;
  bound->token = *token;
  auto log = admin::Log::open(server);
  if (!log) {
    fmt::print(stderr, "simplon: cannot open the log: {}{}\n", log.error(),
               server.user ? fmt::format("; user {} must be able to write there", *server.user) : "");
    return ExitStatus::failed;
  }

  const auto note = [&log](std::string_view event, std::string_view message) { (*log)->note(event, message); };
  const auto gateway = gateway::Gateway::start(snapshot, **log, note, std::move(*bound));
  snapshot.reset();
  if (quick) greet(*gateway, options);
  for (const net::Endpoint& address : gateway->addresses())
    note("listening", address.to_text());
  if (const auto address = gateway->admin_address()) note("admin_listening", *address);
  gateway::notify_ready(describe(*gateway));
  gateway::Reloader reloader(*gateway, options.config, *made, note);
  wait_for_stop(signals, **log, *gateway, reloader);
  drain(*gateway, note);
  return ExitStatus::fine;
}

}  // namespace

Run declare_serve(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  CLI::Option* const config =
      subcommand.add_option("-c,--config", options->config, "The configuration file")->type_name("FILE");
  subcommand
      .add_option("--listen", options->listen, "Where to listen without a configuration file; default 127.0.0.1:8443")
      ->type_name("ADDR")
      ->excludes(config);
  CLI::Option* const certificate =
      subcommand.add_option("--cert", options->certificate, "The certificate chain, PEM, instead of a self-signed one")
          ->type_name("FILE")
          ->excludes(config);
  CLI::Option* const key =
      subcommand.add_option("--key", options->key, "Its private key, PEM")->type_name("FILE")->excludes(config);
  subcommand
      .add_option("--http", options->http, "The app to put h2 and http/1.1 in front of, instead of the inspector page")
      ->type_name("URL")
      ->excludes(config);
  certificate->needs(key);
  key->needs(certificate);
  subcommand.footer(
      "Without a configuration file it serves the app at URL, http://HOST:PORT, or h2c://HOST:PORT for HTTP/2; "
      "without\n"
      "that the inspector: a page that shows what the client offered and got.\n"
      "Exit status: 0 stopped by a signal, 1 invalid configuration, 2 wrong usage, 3 could not run (port taken).\n\n"
      "Examples:\n"
      "  simplon serve\n"
      "  simplon serve --http http://127.0.0.1:3000\n"
      "  simplon serve -c /etc/simplon/simplon.toml");
  return [options] { return serve(*options); };
}

}  // namespace simplon::cli
