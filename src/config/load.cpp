#include "config/load.hpp"

#include "config/include.hpp"
#include "config/read.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace simplon::config {

namespace {

// What a file may hold, by how it is read.
enum class Standing : std::uint8_t {
  main_file,      // everything
  included_file,  // listen, certificate and route tables
  text,           // everything but `include`: no file is to be touched
};

std::expected<std::string, std::string> read_whole(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  // An empty file sets failbit on the copy, which is no error of the file.
  if (in && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad() || text.fail()) {
    return std::unexpected(fmt::format("cannot be read: {}", std::strerror(errno == 0 ? EIO : errno)));
  }
  return std::move(text).str();
}

// One problem, which is all there is to say.
std::vector<Problem> only(Position position, std::string message) {
  std::vector<Problem> problems;
  problems.emplace_back(std::move(position), std::move(message));
  return problems;
}

// A [table] that stands once.
template <typename Read>
void read_single(TableReader& top, std::string_view key, Read read) {
  const toml::node* node = top.find(key);
  if (node == nullptr) return;
  if (const auto* table = node->as_table()) return read(*table);
  top.source().report(top.key_position(key), fmt::format("`{}` must be a table: write [{}]", key, key));
}

// The [[tables]] of one name.
template <typename Read>
void read_each(TableReader& top, std::string_view key, Draft& draft, Read read) {
  const toml::node* node = top.find(key);
  if (node == nullptr) return;
  const auto* list = node->as_array();
  if (list == nullptr) {
    return top.source().report(top.key_position(key),
                               fmt::format("`{}` must be a list of tables: write [[{}]]", key, key));
  }
  for (const toml::node& element : *list) {
    if (const auto* table = element.as_table()) {
      read(top.source(), *table, draft);
    } else {
      top.source().report(top.source().at(element.source()),
                          fmt::format("`{}` must be a list of tables: write [[{}]]", key, key));
    }
  }
}

void read_tables(TableReader& top, Draft& draft) {
  read_each(top, "listen", draft, read_listener);
  read_each(top, "certificate", draft, read_certificate);
  read_each(top, "route", draft, read_route);
}

void read_settings(TableReader& top, Draft& draft) {
  Source& source = top.source();
  read_single(top, "server", [&](const toml::table& table) { read_server(source, table, draft.server); });
  read_single(top, "limits", [&](const toml::table& table) { read_limits(source, table, draft.limits); });
  read_single(top, "tls", [&](const toml::table& table) { read_tls(source, table, draft.tls); });
  read_single(top, "admin", [&](const toml::table& table) { read_admin(source, table, draft.admin); });
}

void refuse_settings(const TableReader& top) {
  for (const std::string_view key : {"include", "server", "limits", "tls", "admin"}) {
    if (!top.has(key)) continue;
    top.source().report(top.key_position(key),
                        key == "include" ? "an included file must not include others: name them in the main file"
                                         : fmt::format("`{}` belongs in the main file: an included one holds listen, "
                                                       "certificate and route tables only",
                                                       key));
  }
}

void read_text(std::string_view text, const std::filesystem::path& path, Standing standing, Draft& draft);

void read_included(const Included& file, Draft& draft) {
  const auto text = read_whole(file.path);
  if (!text) {
    draft.incomplete = true;
    draft.problems.push_back(
        {.position = file.asked_at, .message = fmt::format("`include`: {} {}", file.path.native(), text.error())});
    return;
  }
  read_text(*text, file.path, Standing::included_file, draft);
}

// The one place where the TOML library parses, and may throw.
std::expected<toml::table, Problem> parse(std::string_view text, const Source& source) {
  try {
    return toml::parse(text, source.file);
  } catch (const toml::parse_error& error) {
    return std::unexpected(Problem{.position = source.at(error.source()),
                                   .message = fmt::format("no valid TOML: {}", error.description())});
  }
}

void read_text(std::string_view text, const std::filesystem::path& path, Standing standing, Draft& draft) {
  Source source{.file = path.native(), .folder = path.parent_path(), .problems = draft.problems};
  const auto table = parse(text, source);
  if (!table) {
    draft.incomplete = true;
    draft.problems.push_back(table.error());
    return;
  }
  TableReader top(source, *table, keys::top);
  if (standing == Standing::included_file) {
    refuse_settings(top);
  } else {
    read_settings(top, draft);
  }
  if (standing == Standing::main_file) {
    // `include` stands at the top of the file, so what it brings stands before the file's own tables.
    for (const Included& file : find_included(top))
      read_included(file, draft);
  } else if (standing == Standing::text && top.has("include")) {
    source.report(top.key_position("include"), "`include` needs a configuration that is a file");
  }
  read_tables(top, draft);
}

}  // namespace

Loaded load_file(const std::filesystem::path& path) {
  const auto text = read_whole(path);
  if (!text) return std::unexpected(only({.file = path.native()}, text.error()));
  Draft draft;
  read_text(*text, path, Standing::main_file, draft);
  return settle(std::move(draft), path.native());
}

Loaded load_text(std::string_view text, const std::filesystem::path& file_name) {
  Draft draft;
  read_text(text, file_name, Standing::text, draft);
  return settle(std::move(draft), file_name.native());
}

Loaded quick(std::string_view address, std::optional<CertificateFiles> certificate,
             std::optional<std::string_view> http) {
  const Position listen_option{.file = "--listen"};
  const Position route_option{.file = http ? "--http" : "--listen"};
  Draft draft;
  ListenerDraft listener;
  if (auto parsed = parse_listen_address(address)) {
    listener.listener.name = parsed->text;
    listener.listener.address = std::move(*parsed);
  } else {
    draft.problems.push_back({.position = listen_option, .message = parsed.error()});
  }
  listener.listener.position = listen_option;
  listener.name_position = listener.address_position = listener.mismatch_position = listen_option;
  draft.listeners.push_back(std::move(listener));

  RouteDraft route;
  route.route.action = Inspect{};
  route.spec.match = default_match(http ? ActionKey::http : ActionKey::inspect);
  if (http) {
    if (auto url = parse_backend_url(*http, "")) {
      route.route.action = Http{.h2c = url->h2c, .backends = {std::move(url->backend)}};
    } else {
      draft.problems.push_back({.position = route_option, .message = url.error()});
    }
  }
  route.route.position = route.sni_position = route.alpn_position = route_option;
  draft.routes.push_back(std::move(route));
  draft.certificate_made = true;
  if (certificate) draft.certificates.push_back({.source = std::move(*certificate), .position = listen_option});
  return settle(std::move(draft), listen_option.file);
}

}  // namespace simplon::config
