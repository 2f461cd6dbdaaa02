#include "net/relay.hpp"

#include <cerrno>
#include <optional>

#include <fcntl.h>

namespace simplon::net {

namespace {

// One step of splice(2) from `from` to `to`, at most `most` bytes.
Transfer move(int from, int to, std::size_t most, Step would_block) noexcept {
  const ssize_t size = ::splice(from, nullptr, to, nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (size > 0) return {Step::done, static_cast<std::size_t>(size)};
  if (size == 0) return {Step::end, 0};
  return {errno == EAGAIN || errno == EINTR ? would_block : Step::failed, 0};
}

Task<PumpEnd> drain(const Pipe& pipe, std::size_t held, Socket& sink, Deadline& idle) {
  while (held > 0) {
    const Transfer out = move(pipe.read_end(), sink.descriptor(), held, Step::want_write);
    if (out.step == Step::done) {
      held -= out.bytes;
      idle.restart();
      continue;
    }
    if (out.step != Step::want_write) co_return PumpEnd::sink_broke;
    const bool ready = co_await sink.wait_writable();
    if (!ready) co_return PumpEnd::aborted;
  }
  co_return PumpEnd::finished;
}

// Without a pipe to be had: the same through memory, until descriptors are back or the flow ends.
Task<PumpEnd> copy(PumpServices services, Socket& source, Socket& sink, record::Meter& moved, Deadline& idle) {
  PlainStream from(source);
  unsigned steps = 0;
  for (;;) {
    const Transfer in = from.read(services.scratch);
    if (in.step == Step::end) co_return PumpEnd::finished;
    if (in.step == Step::failed) co_return PumpEnd::source_broke;
    if (in.step == Step::want_read) {
      const bool ready = co_await source.wait_readable();
      if (!ready) co_return PumpEnd::aborted;
      continue;
    }
    moved.add(in.bytes);
    idle.restart();
    const std::vector<std::byte> bytes(services.scratch.begin(),
                                       services.scratch.begin() + static_cast<std::ptrdiff_t>(in.bytes));
    const PumpEnd end = co_await write_all(PlainStream(sink), bytes, idle);
    if (end != PumpEnd::finished) co_return end;
    if (++steps % steps_per_turn == 0) co_await source.take_turn();
  }
}

}  // namespace

Task<PumpEnd> splice(PumpServices services, Socket& source, Socket& sink, record::Meter& moved, Deadline& idle) {
  std::optional<Pipe> pipe;
  unsigned steps = 0;
  for (;;) {
    if (!pipe) pipe = services.pipes.take();
    if (!pipe) {
      const PumpEnd end = co_await copy(services, source, sink, moved, idle);
      co_return end;
    }
    const Transfer in = move(source.descriptor(), pipe->write_end(), pipe->capacity(), Step::want_read);
    if (in.step == Step::end || in.step == Step::want_read) {
      services.pipes.give_back(std::move(*pipe));
      pipe.reset();
      if (in.step == Step::end) co_return PumpEnd::finished;
      const bool ready = co_await source.wait_readable();
      if (!ready) co_return PumpEnd::aborted;
      continue;
    }
    if (in.step == Step::failed) co_return PumpEnd::source_broke;
    moved.add(in.bytes);
    idle.restart();
    const PumpEnd end = co_await drain(*pipe, in.bytes, sink, idle);
    if (end != PumpEnd::finished) co_return end;
    if (++steps % steps_per_turn == 0) co_await source.take_turn();
  }
}

}  // namespace simplon::net
