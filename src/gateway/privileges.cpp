#include "gateway/privileges.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// LeakSanitizer attaches to its own process as a debugger does.
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SIMPLON_LEAKS_LOOKED_FOR
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SIMPLON_LEAKS_LOOKED_FOR
#endif

namespace simplon::gateway {

namespace {

std::string because(std::string text) { return std::move(text) + ": " + std::generic_category().message(errno); }

std::optional<std::string> become(const std::string& user, const std::optional<std::string>& group_name) {
  const passwd* const entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return "[server] user = \"" + user + "\": there is no such user";
  const uid_t uid = entry->pw_uid;
  gid_t gid = entry->pw_gid;
  if (group_name) {
    const group* const found = ::getgrnam(group_name->c_str());
    if (found == nullptr) return "[server] group = \"" + *group_name + "\": there is no such group";
    gid = found->gr_gid;
  }
  if (::geteuid() == uid && ::getegid() == gid) return std::nullopt;
  // Groups first: without root they can't be given up any more.
  if (::initgroups(user.c_str(), gid) == 0 && ::setgid(gid) == 0 && ::setuid(uid) == 0) return std::nullopt;
  return because("cannot become user " + user + (group_name ? " and group " + *group_name : "")) +
         "; start as root, or remove [server] user";
}

// By hand, as libcap would make one more dependency of this.
bool clear_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  // A kernel without ambient capabilities (before 4.3) has none to clear.
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

// Fails where CAP_SETPCAP is not held; nothing in the bounding set can be had then, for no_new_privs is set.
void clear_bounding_set() {
  for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

}  // namespace

std::optional<std::string> drop_privileges(const config::ServerSettings& server) {
  // While root: whoever becomes another user loses the right to.
  clear_bounding_set();
  if (server.user) {
    if (auto failure = become(*server.user, server.group)) return failure;
  }
  if (!clear_capabilities()) return because("cannot give up capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return because("cannot give up new privileges");
#ifndef SIMPLON_LEAKS_LOOKED_FOR
  // Neither a core file nor another process of this user may read the keys in memory.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  return std::nullopt;
}

}  // namespace simplon::gateway
