// An asynchronous operation made of several, with one deadline and one cancellation: what accept, connect, Mirror and
// Server::run are built from. Not for callers.
#pragma once

#include "simplon/adapters/asio/error.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

/// @cond
namespace simplon::asio_detail {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// A coroutine's cancellation, which comes from its caller or from its deadline. All of it happens on the strand, so
// that it is safe in a context that many threads run: Asio's own co_spawn would emit into a coroutine that may be gone.
class Scope {
 public:
  explicit Scope(asio::strand<asio::any_io_executor> own) : strand(std::move(own)), timer(strand) {}

  void cancel(asio::cancellation_type type) {
    if (!over) signal.emit(type);
  }

  asio::strand<asio::any_io_executor> strand;
  asio::cancellation_signal signal;
  asio::steady_timer timer;
  bool expired = false;
  bool over = false;
};

// What the final handler gets lies here until then.
template <typename... Results>
class Operation : public Scope {
 public:
  // The final handler runs on `fallback` where it has no executor of its own.
  Operation(asio::any_io_executor fallback, asio::strand<asio::any_io_executor> own, Results... initial)
      : Scope(std::move(own)), executor(std::move(fallback)), results(std::move(initial)...) {}
  explicit Operation(const asio::any_io_executor& fallback, Results... initial)
      : Operation(fallback, asio::make_strand(fallback), std::move(initial)...) {}

  asio::any_io_executor executor;
  error_code error;
  std::tuple<Results...> results;
};

template <typename State>
void set_deadline(const std::shared_ptr<State>& operation, Clock::time_point deadline) {
  operation->timer.expires_at(deadline);
  operation->timer.async_wait([operation](error_code error) {
    if (error || operation->over) return;
    operation->expired = true;
    operation->cancel(asio::cancellation_type::terminal);
  });
}

// The point in time `timeout` from now; none where that is so far away that a clock can't tell it.
inline std::optional<Clock::time_point> deadline_in(Clock::duration timeout) {
  const auto now = Clock::now();
  if (timeout >= Clock::time_point::max() - now) return std::nullopt;
  return now + timeout;
}

// `body` is called with the operation and gives an awaitable<error_code>.
template <typename State, typename Body>
asio::awaitable<void> perform(std::shared_ptr<State> operation, std::optional<Clock::time_point> deadline, Body body) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const asio::cancellation_state cancelled = co_await asio::this_coro::cancellation_state;
  error_code error = asio::error::operation_aborted;
  if (cancelled.cancelled() == asio::cancellation_type::none) {
    if (deadline) set_deadline(operation, *deadline);
    try {
      error = co_await body(operation);
    } catch (const boost::system::system_error& thrown) {
      error = thrown.code();
    } catch (const std::bad_alloc&) {
      error = asio::error::no_memory;
    }
  }
  operation->over = true;
  operation->timer.cancel();
  if (operation->expired && error == asio::error::operation_aborted) error = HandshakeError::timed_out;
  operation->error = error;
}

struct Initiate {
  template <typename Handler, typename State, typename Body>
  void operator()(Handler handler, std::shared_ptr<State> operation, std::optional<Clock::time_point> deadline,
                  Body body) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr<State>(operation)](asio::cancellation_type type) {
        const auto alive = weak.lock();
        if (alive) asio::dispatch(alive->strand, [alive, type] { alive->cancel(type); });
      });
    }
    const auto executor = asio::get_associated_executor(handler, operation->executor);
    auto complete = [handler = std::move(handler), operation, slot](const std::exception_ptr& unexpected) mutable {
      slot.clear();
      if (unexpected) std::rethrow_exception(unexpected);  // to who runs the context, as of any handler
      auto finished = std::move(operation);
      std::apply([&](auto&... results) { std::move(handler)(finished->error, std::move(results)...); },
                 finished->results);
    };
    auto& scope = *operation;
    asio::co_spawn(
        scope.strand, perform(std::move(operation), deadline, std::move(body)),
        asio::bind_cancellation_slot(scope.signal.slot(), asio::bind_executor(executor, std::move(complete))));
  }
};

// Runs `body` and completes with its error and the operation's results: void(error_code, Results...).
template <typename... Results, typename Body, typename Token>
auto run(std::shared_ptr<Operation<Results...>> operation, std::optional<Clock::time_point> deadline, Body body,
         Token&& token) {
  return asio::async_initiate<Token, void(error_code, Results...)>(Initiate{}, token, std::move(operation), deadline,
                                                                   std::move(body));
}

}  // namespace simplon::asio_detail
/// @endcond
