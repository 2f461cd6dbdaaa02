#include "tls/ticket_keys.hpp"

#include "tls/base64.hpp"
#include "tls/connection_state.hpp"
#include "tls/pem.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace simplon::tls {

using Code = CertificateError::Code;

namespace {

constexpr std::string_view how_to_make = "`openssl rand 80 | base64 -w0` makes one";

bool randomize(std::span<std::byte> bytes) {
  return RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) == 1;
}

std::optional<TicketKeys::Key> make_random() {
  TicketKeys::Key key;
  if (!randomize(key.name) || !randomize(key.mac) || !randomize(key.cipher)) return std::nullopt;
  return key;
}

TicketKeys::Key split(Bytes bytes) {
  TicketKeys::Key key;
  for (const std::span<std::byte> part :
       {std::span<std::byte>(key.name), std::span<std::byte>(key.mac), std::span<std::byte>(key.cipher)}) {
    std::ranges::copy(bytes.first(part.size()), part.begin());
    bytes = bytes.subspan(part.size());
  }
  return key;
}

std::string_view trim(std::string_view line) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t begin = line.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blank) + 1 - begin);
}

void erase(std::string& secret) noexcept { OPENSSL_cleanse(secret.data(), secret.size()); }

std::expected<std::vector<TicketKeys::Key>, CertificateError> parse(const std::string& text, std::string_view file) {
  std::vector<TicketKeys::Key> keys;
  keys.reserve(TicketKeys::max_keys);  // growing would leave copies behind
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string whole; std::getline(lines, whole); erase(whole)) {
    ++number;
    const std::string_view line = trim(whole);
    if (line.empty() || line.front() == '#') continue;
    auto bytes = from_base64(line);
    if (!bytes || bytes->size() != TicketKeys::Key::size) {
      return failure(Code::broken_ticket_key, file,
                     "line " + std::to_string(number) + " is no key: a key is 80 bytes in base64, one a line; " +
                         std::string(how_to_make));
    }
    if (keys.size() == TicketKeys::max_keys) {
      return failure(Code::broken_ticket_key, file,
                     "holds more than " + std::to_string(TicketKeys::max_keys) +
                         " keys; the first seals and the others only open older tickets, so leave out the last ones");
    }
    keys.push_back(split(*bytes));
    OPENSSL_cleanse(bytes->data(), bytes->size());
  }
  if (keys.empty()) return failure(Code::broken_ticket_key, file, "holds no key; " + std::string(how_to_make));
  return keys;
}

}  // namespace

TicketKeys::Key::~Key() { OPENSSL_cleanse(this, sizeof *this); }

TicketKeys::TicketKeys(Clock::time_point now) : renewed_(now) {
  const auto key = make_random();
  require_success(key.has_value());
  keys_.reserve(3);  // growing would leave copies behind
  keys_.push_back(*key);
}

TicketKeys::TicketKeys(std::vector<Key> keys) : keys_(std::move(keys)) {}

std::expected<std::shared_ptr<TicketKeys>, CertificateError> TicketKeys::load(const std::filesystem::path& path) {
  using std::filesystem::perms;
  auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  std::error_code ignored;
  const perms others = std::filesystem::status(path, ignored).permissions() & (perms::group_all | perms::others_all);
  if (others != perms::none) {
    erase(*text);
    return failure(Code::exposed_ticket_keys, path.native(),
                   "others than its owner may open it, and whoever has these keys can read recorded connections: "
                   "chmod 600 " +
                       path.native());
  }
  auto keys = parse(*text, path.native());
  erase(*text);
  if (!keys) return std::unexpected(keys.error());
  return std::make_shared<TicketKeys>(std::move(*keys));
}

void TicketKeys::renew(Clock::time_point now) {
  if (!renewed_ || now - *renewed_ < period) return;
  // Without randomness the old key seals on: better than no tickets, and the next one asks again.
  const auto key = make_random();
  if (!key) return;
  if (now - *renewed_ >= 2 * period) keys_.clear();
  keys_.resize(std::min<std::size_t>(keys_.size(), 1));
  keys_.insert(keys_.begin(), *key);
  renewed_ = now;
}

TicketKeys::Key TicketKeys::first(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  renew(now);
  return keys_.front();
}

std::optional<TicketKeys::Found> TicketKeys::find(std::span<const std::byte, 16> name, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  renew(now);
  const auto found = std::ranges::find_if(keys_, [&](const Key& key) { return std::ranges::equal(key.name, name); });
  if (found == keys_.end()) return std::nullopt;
  return Found{.key = *found, .first = found == keys_.begin()};
}

}  // namespace simplon::tls
