// Sockets on the loopback interface, as the load generator, its backend and the floor share them.
#pragma once

#include <cstdint>

namespace simplon::bench {

/// Says what failed, with errno where there is one, and ends the program.
[[noreturn]] void give_up(const char* what);

/// A non-blocking listener on 127.0.0.1; port 0: one that the kernel chooses.
[[nodiscard]] int listen_on(std::uint16_t port);
[[nodiscard]] std::uint16_t port_of(int descriptor);

/// A non-blocking connection to 127.0.0.1, perhaps still under way; -1 with errno where it fails at once.
[[nodiscard]] int connect_to(std::uint16_t port);

/// An epoll instance, and what is watched with it.
[[nodiscard]] int make_epoll();
void watch(int epoll, int descriptor, std::uint32_t events, void* data);

}  // namespace simplon::bench
