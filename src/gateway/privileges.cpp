#include "gateway/privileges.hpp"

#include <cerrno>
#include <system_error>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace simplon::gateway {

std::optional<std::string> drop_privileges(const std::string& user) {
  const passwd* const entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return "[server] user = \"" + user + "\": there is no such user";
  if (::geteuid() == entry->pw_uid) return std::nullopt;
  // Groups first: without root they can't be given up any more.
  if (::initgroups(user.c_str(), entry->pw_gid) != 0 || ::setgid(entry->pw_gid) != 0 || ::setuid(entry->pw_uid) != 0) {
    return "cannot become user " + user + ": " + std::generic_category().message(errno) +
           "; start as root, or remove [server] user";
  }
  return std::nullopt;
}

}  // namespace simplon::gateway
