// What a command of `simplon` is. Each has a file of its own; main.cpp lists them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace simplon::cli {

/// What the process tells its caller.
enum class ExitStatus : int {
  fine = 0,
  no = 1,           ///< the answer is "no": an invalid configuration, no route, a broken hello
  wrong_usage = 2,  ///< the command line is wrong
  failed = 3,       ///< it could not run: an unreadable file, a port taken
};

/// Runs a command whose options have been parsed.
using Run = std::function<ExitStatus()>;

/// A command as the command line knows it.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line, for `simplon --help`
  /// Declares its options on its own subcommand, which outlives the function returned.
  Run (*declare)(CLI::App& subcommand) = nullptr;
  /// Or likewise, for one that takes another program's command line behind "--", which is handed over as it is.
  Run (*declare_with)(CLI::App& subcommand, std::vector<std::string> other) = nullptr;
};

/// `simplon serve`: run the gateway.
Run declare_serve(CLI::App& subcommand);
/// `simplon check`: is a configuration valid?
Run declare_check(CLI::App& subcommand);
/// `simplon explain`: which route wins, and why did each other not?
Run declare_explain(CLI::App& subcommand);
/// `simplon decode`: what does a ClientHello say?
Run declare_decode(CLI::App& subcommand);
/// `simplon report`: whom would mismatch = "reject" refuse?
Run declare_report(CLI::App& subcommand);
/// `simplon probe`: what does a server negotiate, and what is wrong with it?
Run declare_probe(CLI::App& subcommand);
/// `simplon conform`: which sentence of which RFC does a server, or the client that `other` runs, break?
Run declare_conform(CLI::App& subcommand, std::vector<std::string> other);
/// `simplon version`: what is this program made of?
Run declare_version(CLI::App& subcommand);

}  // namespace simplon::cli
