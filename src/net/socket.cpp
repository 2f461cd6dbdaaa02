#include "net/socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace simplon::net {

Socket::Socket(asio::io_context& context, int descriptor) : descriptor_(context) {
  boost::system::error_code error;
  descriptor_.assign(descriptor, error);
  if (error) {
    ::close(descriptor);
    throw boost::system::system_error(error);
  }
}

Task<bool> Socket::wait(asio::posix::descriptor_base::wait_type type) {
  if (aborted_) co_return false;
  // The only error is that of a cancelled wait.
  co_await descriptor_.async_wait(type, use_task);
  co_return !aborted_;
}

void Socket::interrupt() noexcept {
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

void Socket::abort() noexcept {
  aborted_ = true;
  interrupt();
}

void Socket::reset_on_close() noexcept {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

void LowWaterMark::set(std::size_t bytes) noexcept {
  if (bytes == current_) return;
  current_ = bytes;
  const int mark = static_cast<int>(bytes);
  setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark);
}

}  // namespace simplon::net
