#include "admin/listen.hpp"

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace simplon::admin {

namespace {

constexpr int backlog = 64;

std::optional<net::Endpoint> endpoint_of(const config::AdminAddress& address) {
  if (const auto* const socket = std::get_if<config::UnixSocket>(&address.address)) {
    return net::Endpoint::from_path(socket->path);
  }
  const auto& ip = std::get<config::ListenAddress>(address.address);
  return net::Endpoint::from_ip(ip.ip, ip.port);
}

int open_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

// Whether the socket at `endpoint` is one that nobody listens on any more.
bool is_left_behind(const net::Endpoint& endpoint) {
  const int descriptor = open_socket(AF_UNIX);
  if (descriptor < 0) return false;
  const bool refused = ::connect(descriptor, endpoint.address(), endpoint.size()) != 0 && errno == ECONNREFUSED;
  ::close(descriptor);
  return refused;
}

std::optional<ino_t> socket_at(const std::filesystem::path& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return std::nullopt;
  return found.st_ino;
}

// With the port that the kernel chose.
std::string text_of(const config::AdminAddress& address, int descriptor) {
  if (const auto* const socket = std::get_if<config::UnixSocket>(&address.address)) {
    return "unix:" + socket->path.string();
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
  return net::Endpoint(reinterpret_cast<const sockaddr*>(&bound), size).to_text();
}

std::string explain_failure(const config::AdminAddress& address, int error) {
  std::string text =
      "cannot listen on the admin address " + address.text + ": " + std::generic_category().message(error);
  if (error == EADDRINUSE) text += "; another program has it: stop it, or choose another address";
  return text;
}

}  // namespace

std::expected<Listening, std::string> Listening::open(const config::AdminAddress& address) {
  const auto endpoint = endpoint_of(address);
  Listening listening;
  if (endpoint) listening.descriptor_ = open_socket(endpoint->family());
  if (listening.descriptor_ < 0) return std::unexpected(explain_failure(address, endpoint ? errno : EINVAL));
  const auto* const socket = std::get_if<config::UnixSocket>(&address.address);
  if (socket == nullptr) {
    const int on = 1;
    ::setsockopt(listening.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  } else if (socket_at(socket->path) && is_left_behind(*endpoint)) {
    ::unlink(socket->path.c_str());
  }
  if (::bind(listening.descriptor_, endpoint->address(), endpoint->size()) != 0) {
    return std::unexpected(explain_failure(address, errno));
  }
  if (socket != nullptr) {
    listening.path_ = socket->path;
    listening.inode_ = socket_at(socket->path).value_or(0);
  }
  if (::listen(listening.descriptor_, backlog) != 0) return std::unexpected(explain_failure(address, errno));
  listening.text_ = text_of(address, listening.descriptor_);
  return listening;
}

Listening Listening::adopt(const config::AdminAddress& address, int descriptor) {
  Listening listening;
  listening.descriptor_ = descriptor;
  listening.text_ = text_of(address, descriptor);
  return listening;
}

Listening::Listening(Listening&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      text_(std::move(other.text_)),
      path_(std::exchange(other.path_, {})),
      inode_(other.inode_) {}

Listening::~Listening() {
  if (descriptor_ >= 0) ::close(descriptor_);
  // Another gateway may have put its own there.
  if (!path_.empty() && socket_at(path_) == inode_) ::unlink(path_.c_str());
}

int Listening::take() noexcept { return std::exchange(descriptor_, -1); }

}  // namespace simplon::admin
