// Pipes: taken, used, given back, and not to be had.
#include "net/pipe_pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace simplon::net {

namespace {

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; }

TEST(PipePool, GivesAPipeThatWorksAndDoesNotBlock) {
  PipePool pool;
  const auto pipe = pool.take();
  ASSERT_TRUE(pipe);
  std::array<char, 4> bytes{};
  EXPECT_EQ(::read(pipe->read_end(), bytes.data(), bytes.size()), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(::write(pipe->write_end(), "pipe", 4), 4);
  EXPECT_EQ(::read(pipe->read_end(), bytes.data(), bytes.size()), 4);
  EXPECT_EQ(std::string(bytes.data(), 4), "pipe");
  EXPECT_EQ(pipe->capacity(), static_cast<std::size_t>(::fcntl(pipe->read_end(), F_GETPIPE_SZ)));
}

TEST(PipePool, KeepsAPipeForTheNext) {
  PipePool pool;
  auto pipe = pool.take();
  const int read_end = pipe->read_end();
  pool.give_back(std::move(*pipe));
  EXPECT_EQ(pool.take()->read_end(), read_end);
}

TEST(PipePool, ClosesMoreThanItKeeps) {
  std::vector<int> ends;
  {
    PipePool pool;
    std::vector<Pipe> taken;
    for (int i = 0; i < 100; ++i) {
      taken.push_back(pool.take().value());
      ends.push_back(taken.back().read_end());
    }
    for (Pipe& pipe : taken)
      pool.give_back(std::move(pipe));
    const auto open = std::ranges::count_if(ends, is_open);
    EXPECT_GT(open, 0);
    EXPECT_LT(open, 100);
  }
  EXPECT_EQ(std::ranges::count_if(ends, is_open), 0);
}

TEST(PipePool, ClosesAPipeThatIsNotGivenBack) {
  PipePool pool;
  int end = -1;
  {
    const auto pipe = pool.take();
    end = pipe->write_end();
    EXPECT_TRUE(is_open(end));
  }
  EXPECT_FALSE(is_open(end));
}

TEST(PipePool, HasNoneWithoutDescriptors) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  PipePool pool;
  const auto pipe = pool.take();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(pipe);
  EXPECT_TRUE(pool.take());
}

}  // namespace

}  // namespace simplon::net
