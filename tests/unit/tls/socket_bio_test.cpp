#include "tls/socket_bio.hpp"

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::tls {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const Bytes bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(SocketBio, GivesWhatWasTakenFirstAndKeepsNoMemoryForIt) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets.data()), 0);
  ASSERT_EQ(::send(sockets[1], "world", 5, MSG_NOSIGNAL), 5);
  SocketEnd end{};
  end.socket = sockets[0];
  end.taken = bytes_of("hello ");
  const BioOwner bio = make_socket_bio(end);

  std::array<char, 16> buffer{};
  ASSERT_EQ(BIO_read(bio.get(), buffer.data(), 4), 4);
  EXPECT_EQ(std::string_view(buffer.data(), 4), "hell");
  ASSERT_EQ(BIO_read(bio.get(), buffer.data(), static_cast<int>(buffer.size())), 2);
  EXPECT_EQ(std::string_view(buffer.data(), 2), "o ");
  EXPECT_EQ(end.taken.capacity(), 0U);
  ASSERT_EQ(BIO_read(bio.get(), buffer.data(), static_cast<int>(buffer.size())), 5);
  EXPECT_EQ(std::string_view(buffer.data(), 5), "world");
  EXPECT_EQ(end.bytes_in, 11U);

  for (const int socket : sockets)
    ::close(socket);
}

}  // namespace
}  // namespace simplon::tls
