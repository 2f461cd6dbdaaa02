// ALPN for Boost.Asio 1.81 and later, over boost::asio::ssl: header only, as Asio is.
#pragma once

#include "simplon/adapters/asio/error.hpp"      // IWYU pragma: export
#include "simplon/adapters/asio/handshake.hpp"  // IWYU pragma: export
#include "simplon/adapters/asio/mirror.hpp"     // IWYU pragma: export
#include "simplon/adapters/asio/server.hpp"     // IWYU pragma: export
