// What a service manager wants to be told: systemd's notification protocol, see sd_notify(3).
#pragma once

#include <string_view>

namespace simplon::gateway {

/// Sends `state`, lines of NAME=value, to the socket that NOTIFY_SOCKET names. Nothing happens where there is none, or
/// where it takes nothing: a service runs on without its manager. Waits a second at most.
void notify(std::string_view state) noexcept;

/// READY=1 with a `status` for people, when everything is bound and served, and after each reload, whatever became of
/// it.
void notify_ready(std::string_view status);
/// RELOADING=1 with the time, before a reload.
void notify_reloading();
/// STOPPING=1 with a `status` for people, when draining begins.
void notify_stopping(std::string_view status);

}  // namespace simplon::gateway
