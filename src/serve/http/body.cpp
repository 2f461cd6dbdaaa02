#include "serve/http/body.hpp"

#include <cstddef>

namespace simplon::serve::http {

void Body::append(Bytes bytes) {
  // Moved to the front only when that frees as much as it moves: linear over all bytes.
  if (begin_ > 0 && begin_ >= buffer_.size() - begin_) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  constexpr std::size_t step = 16384;
  const std::size_t size = buffer_.size() + bytes.size();
  if (size > buffer_.capacity() && size > step) buffer_.reserve((size + step - 1) / step * step);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void Body::assign(std::shared_ptr<const std::string> whole) {
  whole_ = std::move(whole);
  begin_ = 0;
}

Bytes Body::front() const noexcept { return (whole_ ? as_bytes(*whole_) : Bytes(buffer_)).subspan(begin_); }

void Body::consume(std::size_t count) noexcept {
  begin_ += count;
  consumed_ += count;
  if (!front().empty()) return;
  whole_.reset();
  buffer_.clear();
  begin_ = 0;
}

}  // namespace simplon::serve::http
