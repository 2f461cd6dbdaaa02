// Moves bytes from one stream to another until the first has no more.
#pragma once

#include "net/deadline.hpp"
#include "net/pipe_pool.hpp"
#include "net/stream.hpp"
#include "record/counters.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace simplon::net {

/// How one direction of a relay ended.
enum class PumpEnd : std::uint8_t {
  finished,      ///< the source said that it has finished, and so was the sink told
  source_broke,  ///< the source failed
  sink_broke,    ///< the sink failed
  aborted,       ///< a deadline, a drain, or the other direction's failure
};

/// What the pumps of a shard share. `scratch` is one buffer for all connections: what was read is written or kept aside
/// before the next suspension, so an idle connection holds no buffer.
struct PumpServices {
  std::span<std::byte> scratch;
  PipePool& pipes;
};

/// How much a pump reads at once, in bytes.
inline constexpr std::size_t pump_bytes = 64UZ * 1024;

/// From so many bytes on a flow is a bulk transfer, worth a pipe.
inline constexpr std::uint64_t bulk_bytes = 256 * 1024;

/// After so many steps without a wait a flow lets the other connections of its shard have a turn.
inline constexpr unsigned steps_per_turn = 16;

/// Waits for what `transfer` wants; false when the socket was aborted.
template <Stream S>
Socket::Wait wait_for(S stream, Step step) {
  return step == Step::want_read ? stream.socket().wait_readable() : stream.socket().wait_writable();
}

/// Writes what `bytes` holds, which are not in the scratch buffer.
template <Stream S>
Task<PumpEnd> write_all(S stream, Bytes bytes, Deadline& idle) {
  while (!bytes.empty()) {
    const Transfer out = stream.write(bytes);
    if (out.step == Step::done) {
      bytes = bytes.subspan(out.bytes);
      idle.restart();
      continue;
    }
    if (out.step != Step::want_read && out.step != Step::want_write) co_return PumpEnd::sink_broke;
    const bool ready = co_await wait_for(stream, out.step);
    if (!ready) co_return PumpEnd::aborted;
  }
  co_return PumpEnd::finished;
}

/// Tells the sink that the source has finished: half-close, carried on.
template <Stream S>
Task<PumpEnd> finish(S stream) {
  for (;;) {
    const Transfer out = stream.finish();
    if (out.step != Step::want_read && out.step != Step::want_write) {
      co_return out.step == Step::failed ? PumpEnd::sink_broke : PumpEnd::finished;
    }
    const bool ready = co_await wait_for(stream, out.step);
    if (!ready) co_return PumpEnd::aborted;
  }
}

/// Moves bytes between two sockets through a kernel pipe, never into user space, until `source` runs dry for good.
/// `moved` counts them. The pipe is held only while bytes flow.
[[nodiscard]] Task<PumpEnd> splice(PumpServices services, Socket& source, Socket& sink, record::Meter& moved,
                                   Deadline& idle);

/// Moves bytes from `source` to `sink` until the source has finished, then tells the sink. Small flows are copied; a
/// bulk flow from a plain socket is spliced where the sink accepts that. `moved` counts the bytes taken from the
/// source. `idle` starts again with every byte. Everything referred to must outlive the task.
template <Stream Source, Stream Sink>
Task<PumpEnd> pump(PumpServices services, Source source, Sink sink, record::Meter& moved, Deadline& idle) {
  constexpr bool can_splice = std::is_same_v<Source, PlainStream>;
  [[maybe_unused]] bool asked = false;  // the sink, whether it accepts
  unsigned steps = 0;
  for (;;) {
    const Transfer in = source.read(services.scratch);
    if (in.step == Step::end) break;
    if (in.step == Step::failed) co_return PumpEnd::source_broke;
    if (in.step != Step::done) {
      const bool ready = co_await wait_for(source, in.step);
      if (!ready) co_return PumpEnd::aborted;
      continue;
    }
    moved.add(in.bytes);
    idle.restart();
    const Bytes bytes = services.scratch.first(in.bytes);
    std::size_t written = 0;
    for (Transfer out; written < bytes.size() && out.step == Step::done; written += out.bytes) {
      out = sink.write(bytes.subspan(written));
    }
    if (written < bytes.size()) {
      const std::vector<std::byte> rest(bytes.begin() + static_cast<std::ptrdiff_t>(written), bytes.end());
      const PumpEnd end = co_await write_all(sink, rest, idle);
      if (end != PumpEnd::finished) co_return end;
    }
    if constexpr (can_splice) {
      if (moved.bytes() >= bulk_bytes && !std::exchange(asked, true) && sink.accept_splice()) {
        const PumpEnd end = co_await splice(services, source.socket(), sink.socket(), moved, idle);
        if (end != PumpEnd::finished) co_return end;
        break;
      }
    }
    if (++steps % steps_per_turn == 0) co_await source.socket().take_turn();
  }
  // Most ends say so at once, without a coroutine of its own.
  const Transfer told = sink.finish();
  if (told.step != Step::want_read && told.step != Step::want_write) {
    co_return told.step == Step::failed ? PumpEnd::sink_broke : PumpEnd::finished;
  }
  const PumpEnd end = co_await finish(sink);
  co_return end;
}

}  // namespace simplon::net
