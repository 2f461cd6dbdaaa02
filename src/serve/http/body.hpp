// Content on its way from one side to the other, held in a bounded buffer.
#pragma once

#include "serve/http/fields.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace simplon::serve::http {

/// A queue of bytes with an end and, behind it, trailers. It never refuses bytes: whoever writes stops reading where
/// it has no room, so that it holds no more than half its capacity and what was read last.
class Body {
 public:
  static constexpr std::size_t default_capacity = 64UZ * 1024;

  void append(Bytes bytes);
  /// All of the content at once, shared with others.
  void assign(std::shared_ptr<const std::string> whole);
  /// No more comes; also after the last trailer was added.
  void end() noexcept { ended_ = true; }
  /// More comes after all, for what ended was another message.
  void reopen() noexcept { ended_ = false; }

  /// Whether more should be written now. Not for a little: reading a socket by small pieces stalls its sender.
  [[nodiscard]] bool has_room() const noexcept { return size() <= capacity_ / 2; }
  void limit(std::size_t capacity) noexcept { capacity_ = capacity; }

  [[nodiscard]] std::size_t size() const noexcept { return front().size(); }
  /// All that waits; valid until the next change.
  [[nodiscard]] Bytes front() const noexcept;
  void consume(std::size_t count) noexcept;
  /// No more comes, though some may wait still.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Nothing waits and nothing comes.
  [[nodiscard]] bool finished() const noexcept { return ended_ && front().empty(); }
  /// How much has been consumed so far, in bytes.
  [[nodiscard]] std::uint64_t consumed() const noexcept { return consumed_; }

  Fields trailers;

 private:
  std::vector<std::byte> buffer_;  ///< not a string, whose memory doubles even where it is reserved
  std::shared_ptr<const std::string> whole_;
  std::size_t begin_ = 0;  ///< of what waits, in `whole_` or `buffer_`
  std::size_t capacity_ = default_capacity;
  std::uint64_t consumed_ = 0;
  bool ended_ = false;
};

}  // namespace simplon::serve::http
