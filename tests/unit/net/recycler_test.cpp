// Memory that is used again.
#include "net/recycler.hpp"

#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace simplon::net {

namespace {

// Two pieces of one size, the first given back and written over before the second is taken.
TEST(Recycler, GivesWholePiecesOfEverySize) {
  Recycler recycler;
  const Recycler::Lent lent(recycler);
  for (std::size_t size = 1; size < 6000; size += 7) {
    void* const first = take_memory(size);
    std::memset(first, 0xff, size);
    give_back_memory(first, size);
    void* const second = take_memory(size);
    std::memset(second, 0xff, size);
    give_back_memory(second, size);
  }
}

TEST(Recycler, NeverGivesOnePieceTwice) {
  Recycler recycler;
  const Recycler::Lent lent(recycler);
  // More than it keeps of a size.
  for (int round = 0; round < 3; ++round) {
    std::set<void*> taken;
    for (int i = 0; i < 1000; ++i)
      EXPECT_TRUE(taken.insert(take_memory(200)).second);
    for (void* const each : taken)
      give_back_memory(each, 200);
  }
}

TEST(Recycler, TakesWhatWasMadeWithoutIt) {
  void* const before = take_memory(130);
  Recycler recycler;
  {
    const Recycler::Lent lent(recycler);
    give_back_memory(before, 130);
    void* const within = take_memory(190);
    std::memset(within, 0xff, 190);
    give_back_memory(within, 190);
  }
  void* const after = take_memory(130);
  EXPECT_NE(after, nullptr);
  give_back_memory(after, 130);
}

TEST(Recycler, ServesContainersAndSharedObjects) {
  Recycler recycler;
  const Recycler::Lent lent(recycler);
  std::vector<int, RecyclingAllocator<int>> numbers;
  for (int i = 0; i < 10'000; ++i)
    numbers.push_back(i);
  EXPECT_EQ(numbers.back(), 9'999);
  const auto shared = std::allocate_shared<std::vector<int>>(RecyclingAllocator<std::vector<int>>(), 3, 7);
  EXPECT_EQ(shared->at(2), 7);
}

}  // namespace

}  // namespace simplon::net
