#include "admin/token.hpp"

#include "serve/http/common.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace simplon::admin {

namespace {

constexpr std::size_t most_length = 4096;

// b64token of RFC 6750 §2.1.
bool is_token_letter(char letter) noexcept {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         std::string_view("-._~+/=").contains(letter);
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

struct Closing {
  int descriptor;
  explicit Closing(int opened) noexcept : descriptor(opened) {}
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

// The text of a file that is kept from others, or what is wrong with it.
std::expected<std::string, std::string> read_secret(const std::filesystem::path& path) {
  const auto failure = [] { return std::unexpected(std::generic_category().message(errno)); };
  const Closing file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat found{};
  if (file.descriptor < 0 || ::fstat(file.descriptor, &found) != 0) return failure();
  if (!S_ISREG(found.st_mode)) return std::unexpected("is no file");
  if ((found.st_mode & S_IRWXO) != 0) {
    return std::unexpected(
        fmt::format("others than its owner and group have access to it (mode {:04o}): chmod 640, or 600",
                    static_cast<unsigned>(found.st_mode & 07777U)));
  }
  std::string text(most_length + 2, '\0');  // one more than a token with its line end
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.descriptor, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure();
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

}  // namespace

Token::Token(std::string_view secret) : digest_(tls::sha256(as_bytes(secret))) {}

std::expected<std::optional<Token>, config::Problem> Token::load(const config::AdminSettings& settings) {
  if (settings.token_file.empty()) return std::nullopt;
  const auto fail = [&](std::string_view message) {
    return std::unexpected(
        config::Problem{.position = settings.token_position,
                        .message = fmt::format("`token_file`: {}: {}", settings.token_file.native(), message)});
  };
  const auto text = read_secret(settings.token_file);
  if (!text) return fail(text.error());
  const std::string_view secret = trim(*text);
  if (secret.size() < least_length || secret.size() > most_length) {
    return fail(fmt::format("a token has from {} to {} characters, this one has {}: make one with openssl rand -hex 32",
                            least_length, most_length, secret.size()));
  }
  if (!std::ranges::all_of(secret, is_token_letter)) {
    return fail(
        "a token is one line of letters, digits and -._~+/= (RFC 6750 section 2.1): make one with openssl rand -hex "
        "32");
  }
  return Token(secret);
}

bool Token::admits(std::optional<std::string_view> authorization) const {
  constexpr std::string_view scheme = "bearer ";  // RFC 9110 §11.1: in any case
  const std::string_view value = authorization.value_or("");
  const bool right_scheme = serve::http::equal_ignoring_case(value.substr(0, scheme.size()), scheme);
  const tls::Digest shown = tls::sha256(as_bytes(right_scheme ? trim(value.substr(scheme.size())) : value));
  std::byte difference{0};
  for (std::size_t i = 0; i < shown.size(); ++i)
    difference |= shown[i] ^ digest_[i];
  return right_scheme && difference == std::byte{0};
}

}  // namespace simplon::admin
