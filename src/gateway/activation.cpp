#include "gateway/activation.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace simplon::gateway {

namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START
constexpr int most_descriptors = 1024;

// The variable's value, which is no longer in the environment.
std::optional<std::string> take_variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string text = value;
  ::unsetenv(name);
  return text;
}

std::optional<int> to_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t colon = names.find(':');
    parts.emplace_back(names.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    names.remove_prefix(colon + 1);
  }
}

int option(int descriptor, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

net::Endpoint address_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return {reinterpret_cast<const sockaddr*>(&address), size};
}

bool same_ip(const net::Endpoint& bound, const config::ListenAddress& wanted) {
  const auto endpoint = net::Endpoint::from_ip(wanted.ip, wanted.port);
  return endpoint && bound.family() == endpoint->family() && bound.port() == wanted.port &&
         bound.ip() == endpoint->ip();
}

std::string_view path_of(const net::Endpoint& address) {
  const auto* const unix_address = reinterpret_cast<const sockaddr_un*>(address.address());
  const std::size_t begin = offsetof(sockaddr_un, sun_path);
  if (address.size() <= begin) return {};
  const std::string_view path(unix_address->sun_path, address.size() - begin);
  return path.substr(0, path.find('\0'));
}

bool is_admin_address(const net::Endpoint& bound, const config::AdminAddress& wanted) {
  if (const auto* const socket = std::get_if<config::UnixSocket>(&wanted.address)) {
    return bound.family() == AF_UNIX && path_of(bound) == socket->path.native();
  }
  return bound.is_ip() && same_ip(bound, std::get<config::ListenAddress>(wanted.address));
}

void make_ready(int descriptor, bool tcp) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  if (tcp) ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

InheritedSockets::~InheritedSockets() {
  for (const Inherited& each : sockets_)
    ::close(each.descriptor);
}

std::expected<InheritedSockets, std::string> InheritedSockets::from_environment() {
  const auto process = take_variable("LISTEN_PID");
  const auto count_text = take_variable("LISTEN_FDS");
  const auto names_text = take_variable("LISTEN_FDNAMES");
  InheritedSockets inherited;
  if (!count_text || !process || to_number(*process) != ::getpid()) return inherited;
  const auto count = to_number(*count_text);
  if (!count || *count < 0 || *count > most_descriptors) {
    return std::unexpected("LISTEN_FDS=" + *count_text +
                           " is no number of sockets: whoever started this set it wrongly");
  }
  const std::vector<std::string> names = split(names_text.value_or(""));
  for (int i = 0; i < *count; ++i) {
    const int descriptor = first_descriptor + i;
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    const auto at = static_cast<std::size_t>(i);
    inherited.sockets_.push_back({descriptor, at < names.size() ? names[at] : "", address_of(descriptor)});
  }
  for (const Inherited& each : inherited.sockets_) {
    if (auto fault = find_fault(each)) return std::unexpected(std::move(*fault));
  }
  return inherited;
}

std::optional<std::string> InheritedSockets::find_fault(const Inherited& socket) {
  const bool family = socket.address.is_ip() || socket.address.family() == AF_UNIX;
  if (family && option(socket.descriptor, SO_TYPE) == SOCK_STREAM && option(socket.descriptor, SO_ACCEPTCONN) == 1) {
    return std::nullopt;
  }
  return "the inherited socket " + describe(socket) +
         " does not listen for streams: in a socket unit use ListenStream= and Accept=no";
}

std::string InheritedSockets::describe(const Inherited& socket) {
  std::string text = "number " + std::to_string(socket.descriptor);
  if (socket.address.is_ip()) text = socket.address.to_text();
  if (socket.address.family() == AF_UNIX) text = "unix:" + std::string(path_of(socket.address));
  return socket.name.empty() ? text : text + " (named \"" + socket.name + "\")";
}

std::vector<int> InheritedSockets::take(const config::Listener& listener) {
  const bool named = std::ranges::find(sockets_, listener.name, &Inherited::name) != sockets_.end();
  std::vector<int> taken;
  std::erase_if(sockets_, [&](const Inherited& each) {
    if (!each.address.is_ip()) return false;
    if (named ? each.name != listener.name : !same_ip(each.address, listener.address)) return false;
    make_ready(each.descriptor, true);
    taken.push_back(each.descriptor);
    return true;
  });
  return taken;
}

std::optional<int> InheritedSockets::take(const config::AdminAddress& address) {
  const auto found =
      std::ranges::find_if(sockets_, [&](const Inherited& each) { return is_admin_address(each.address, address); });
  if (found == sockets_.end()) return std::nullopt;
  const int descriptor = found->descriptor;
  make_ready(descriptor, found->address.is_ip());
  sockets_.erase(found);
  return descriptor;
}

std::optional<std::string> InheritedSockets::explain_left() const {
  if (sockets_.empty()) return std::nullopt;
  std::string text;
  for (const Inherited& each : sockets_)
    text += (text.empty() ? "" : ", ") + describe(each);
  return "no listener is for the inherited socket " + text +
         ": give a [[listen]] block this address, or let FileDescriptorName= in the socket unit be its name";
}

}  // namespace simplon::gateway
