// The coroutine types of this project: one io_context per shard, run by one thread, so nothing here is locked.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace simplon::net {

namespace asio = boost::asio;

/// The concrete executor, not `any_io_executor`: resuming a coroutine costs no virtual call.
using Executor = asio::io_context::executor_type;

/// A coroutine on a shard.
template <typename T>
using Task = asio::awaitable<T, Executor>;

/// Completes with a tuple of the handler's arguments; nothing throws.
inline constexpr auto use_task = asio::as_tuple(asio::use_awaitable_t<Executor>{});

}  // namespace simplon::net
