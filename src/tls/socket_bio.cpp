#include "tls/socket_bio.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <span>

#include <sys/socket.h>

namespace simplon::tls {

namespace {

bool try_again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

SocketEnd& end_of(BIO* bio) { return *static_cast<SocketEnd*>(BIO_get_data(bio)); }

// Reports a call that came back negative; errno stays as it is, for the library looks at it too.
int give_up_or_retry(BIO* bio, int retry_flag) {
  if (try_again(errno)) {
    BIO_set_flags(bio, retry_flag | BIO_FLAGS_SHOULD_RETRY);
  } else {
    end_of(bio).error = errno;
  }
  return -1;
}

int bio_write(BIO* bio, const char* data, int size) {
  SocketEnd& end = end_of(bio);
  BIO_clear_retry_flags(bio);
  if (end.kernel.has_taken_over()) return size;
  const Bytes bytes = std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
  if (end.may_write != nullptr && !end.may_write(end.owner, bytes)) return -1;
  const long sent = send_quietly(end.socket, bytes, end.more_follows ? MSG_MORE : 0);
  if (sent < 0) return give_up_or_retry(bio, BIO_FLAGS_WRITE);
  end.bytes_out += static_cast<std::uint64_t>(sent);
  end.kernel.count(bytes.first(static_cast<std::size_t>(sent)));
  return static_cast<int>(sent);
}

int give_taken(SocketEnd& end, std::span<char> buffer) {
  const std::size_t size = std::min(end.taken.size(), buffer.size());
  std::memcpy(buffer.data(), end.taken.data(), size);
  if (size == end.taken.size()) {
    end.taken = std::vector<std::byte>();  // its memory too; `= {}` would keep that
  } else {
    end.taken.erase(end.taken.begin(), end.taken.begin() + static_cast<std::ptrdiff_t>(size));
  }
  end.bytes_in += size;
  return static_cast<int>(size);
}

int bio_read(BIO* bio, char* data, int size) {
  SocketEnd& end = end_of(bio);
  BIO_clear_retry_flags(bio);
  if (!end.taken.empty()) return give_taken(end, std::span(data, static_cast<std::size_t>(size)));
  if (end.drained) {
    errno = EAGAIN;
    return give_up_or_retry(bio, BIO_FLAGS_READ);
  }
  const ssize_t received = ::recv(end.socket, data, static_cast<std::size_t>(size), 0);
  end.drained = received > 0 && received < size;
  if (received < 0) return give_up_or_retry(bio, BIO_FLAGS_READ);
  if (received == 0) end.end_of_stream = true;
  end.bytes_in += static_cast<std::uint64_t>(received);
  return static_cast<int>(received);
}

// OpenSSL's name for it is not in its public headers. Other libraries never ask.
constexpr int set_kernel_key = 72;  // BIO_CTRL_SET_KTLS

long bio_control(BIO* bio, int command, long sending, void* pointer) {
  if (command == BIO_CTRL_FLUSH) return 1;  // nothing is ever held back here
  if (command == BIO_CTRL_EOF) return end_of(bio).end_of_stream ? 1 : 0;
  // The key is kept for later; 0 says that the kernel does not have it.
  if (command == set_kernel_key && sending != 0) end_of(bio).kernel.keep_key(pointer);
  return 0;
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

// Made once and never freed: every connection uses it until the program ends.
const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "simplon socket");
    if (made == nullptr || BIO_meth_set_write(made, bio_write) != 1 || BIO_meth_set_read(made, bio_read) != 1 ||
        BIO_meth_set_ctrl(made, bio_control) != 1 || BIO_meth_set_create(made, bio_create) != 1) {
      throw std::bad_alloc();
    }
    return made;
  }();
  return method;
}

}  // namespace

long send_quietly(int socket, Bytes bytes, int flags) noexcept {
  return ::send(socket, bytes.data(), bytes.size(), flags | MSG_NOSIGNAL);
}

BioOwner make_socket_bio(SocketEnd& end) {
  BioOwner bio(BIO_new(socket_method()));
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio.get(), &end);
  return bio;
}

}  // namespace simplon::tls
