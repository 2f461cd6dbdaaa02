// Carries the bytes of an HTTP session.
#pragma once

#include "net/relay.hpp"
#include "serve/http/session.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace simplon::serve {

/// How a conversation ended.
enum class ConversationEnd : std::uint8_t {
  finished,  ///< everything is said: close
  broke,     ///< the stream failed
  aborted,   ///< a deadline or a drain
};

/// What the owner of a conversation wants to hear of it.
class Listener {
 public:
  /// Before every look at the session: time to change it, and to set deadlines.
  virtual void look() {}
  virtual void moved(std::size_t in, std::size_t out) = 0;

 protected:
  ~Listener() = default;
};

/// Writes what `session` has to say and reads what it wants, until it is finished or the stream is. `scratch` is one
/// buffer for all connections of the shard. The session's `wake` must interrupt the stream's socket. Everything
/// referred to must outlive the task.
template <net::Stream S>
net::Task<ConversationEnd> converse(std::span<std::byte> scratch, S stream, http::Session& session,
                                    Listener& listener) {
  bool ended = false;  // our side of the stream
  unsigned steps = 0;
  for (;;) {
    listener.look();
    bool write_blocked = false;
    for (Bytes pending = session.pending(); !pending.empty() && !write_blocked; pending = session.pending()) {
      const net::Transfer out = stream.write(pending, session.more_pending());
      if (out.step == net::Step::failed || out.step == net::Step::end) co_return ConversationEnd::broke;
      write_blocked = out.step != net::Step::done;
      if (write_blocked) break;
      session.consume(out.bytes);
      listener.moved(0, out.bytes);
      if (++steps % net::steps_per_turn == 0) co_await stream.socket().take_turn();
    }
    if (session.finished()) co_return ConversationEnd::finished;
    if (!ended && session.half_closed()) {
      const net::Transfer end = stream.finish();
      if (end.step == net::Step::failed) co_return ConversationEnd::broke;
      ended = end.step == net::Step::done;
      write_blocked = write_blocked || end.step == net::Step::want_write;
    }
    if (const std::size_t wanted = session.wants(); wanted > 0) {
      const std::span<std::byte> buffer = scratch.first(std::min(wanted, scratch.size()));
      const net::Transfer in = stream.read(buffer);
      if (in.step == net::Step::done) {
        listener.moved(in.bytes, 0);
        session.receive(buffer.first(in.bytes));
        if (++steps % net::steps_per_turn == 0) co_await stream.socket().take_turn();
        continue;
      }
      if (in.step == net::Step::failed) co_return ConversationEnd::broke;
      if (in.step == net::Step::end) {
        session.receive_end();
        continue;
      }
      write_blocked = write_blocked || in.step == net::Step::want_write;
    }
    const bool ready = co_await stream.socket().wait_event(write_blocked);
    if (!ready) co_return ConversationEnd::aborted;
  }
}

}  // namespace simplon::serve
