// One end of a stream for tests, where every step has a deadline and nothing is hidden: bytes, end, or reset.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::test {

/// How long a test waits for what must happen: long enough for a busy machine, and only ever used up by a failure.
inline constexpr std::chrono::milliseconds patience{20000};

/// Looks every millisecond until `condition` holds; false when `limit` has passed before.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit = patience);

/// How the peer's direction stands.
enum class StreamEnd : std::uint8_t { open, finished, reset };

/// What was read, and whether more can come.
struct Received {
  std::string bytes;
  StreamEnd end = StreamEnd::open;
};

/// Owns a connected, non-blocking socket.
class StreamSocket {
 public:
  explicit StreamSocket(int descriptor) noexcept : descriptor_(descriptor) {}
  /// Connects to 127.0.0.1; TCP_NODELAY is set, so that each `send` is a segment of its own. A `receive_buffer` other
  /// than 0 makes a slow reader's window small. Throws where it can't connect.
  static StreamSocket connect(std::uint16_t port, int receive_buffer = 0);

  StreamSocket(StreamSocket&& other) noexcept;
  StreamSocket& operator=(StreamSocket&& other) noexcept;
  ~StreamSocket();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// Sends all of `bytes`; false when the stream broke or the deadline passed.
  bool send(std::string_view bytes, std::chrono::milliseconds limit = patience);
  /// Sends until `bytes` are through or the peer takes no more for `stall`; how many went.
  std::size_t send_until_stalled(std::string_view bytes, std::chrono::milliseconds stall);
  /// Reads what there is, waiting for the first byte.
  Received read_some(std::chrono::milliseconds limit = patience);
  /// Reads until `size` bytes are there or the stream ends.
  Received read(std::size_t size, std::chrono::milliseconds limit = patience);
  /// Reads until the stream ends.
  Received read_to_end(std::chrono::milliseconds limit = patience);

  /// Sends `pieces` one after the other, such that the peer has the time to look at each alone. On the loopback a
  /// segment sent is a segment received; whether it was looked at can't be awaited from here.
  bool send_apart(const std::vector<std::string_view>& pieces);

  /// Half-close: no more will be sent.
  void finish() const noexcept;
  /// Makes the coming close a reset.
  void reset_on_close() const noexcept;
  /// Closes with a reset.
  void reset() noexcept;
  void close() noexcept;

 private:
  int descriptor_;
};

}  // namespace simplon::test
