#include "serve/http/body.hpp"

namespace simplon::serve::http {

void Body::append(Bytes bytes) {
  // Moved to the front only when that frees as much as it moves: linear over all bytes.
  if (begin_ > 0 && begin_ >= buffer_.size() - begin_) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_.append(as_text(bytes));
}

void Body::assign(std::shared_ptr<const std::string> whole) {
  whole_ = std::move(whole);
  begin_ = 0;
}

Bytes Body::front() const noexcept { return as_bytes(whole_ ? *whole_ : buffer_).subspan(begin_); }

void Body::consume(std::size_t count) noexcept {
  begin_ += count;
  consumed_ += count;
  if (!front().empty()) return;
  whole_.reset();
  buffer_.clear();
  begin_ = 0;
}

}  // namespace simplon::serve::http
