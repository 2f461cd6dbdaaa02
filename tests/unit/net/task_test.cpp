// Coroutines that await each other.
#include "net/task.hpp"

#include "net/poller.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace simplon::net {

namespace {

class TaskTest : public testing::Test {
 protected:
  // What `task` threw, or nothing.
  std::exception_ptr run(Task<void> task) {
    std::exception_ptr failure;
    spawn(Poller::of(context), std::move(task), [&failure](const std::exception_ptr& end) { failure = end; });
    poller.run();
    return failure;
  }
  asio::io_context context;
  Poller& poller = Poller::of(context);
};

Task<std::string> name_at_once() { co_return "at once"; }

Task<std::string> name_later(Poller& poller) {
  co_await Turn(poller);
  co_return "later";
}

TEST_F(TaskTest, HandsOnWhatIsReturned) {
  std::vector<std::string> names;
  const auto collect = [](Poller& turns, std::vector<std::string>& into) -> Task<void> {
    into.push_back(co_await name_at_once());
    into.push_back(co_await name_later(turns));
  };
  EXPECT_FALSE(run(collect(poller, names)));
  EXPECT_EQ(names, (std::vector<std::string>{"at once", "later"}));
}

Task<std::unique_ptr<int>> make_number() { co_return std::make_unique<int>(7); }

TEST_F(TaskTest, HandsOnWhatCannotBeCopied) {
  int number = 0;
  const auto ask = [](int& into) -> Task<void> {
    const std::unique_ptr<int> made = co_await make_number();
    into = *made;
  };
  EXPECT_FALSE(run(ask(number)));
  EXPECT_EQ(number, 7);
}

Task<void> fail_later(Poller& poller) {
  co_await Turn(poller);
  throw std::runtime_error("as expected");
}

TEST_F(TaskTest, HandsOnWhatIsThrown) {
  const auto try_it = [](Poller& turns, std::string& caught) -> Task<void> {
    try {
      co_await fail_later(turns);
    } catch (const std::runtime_error& failure) {
      caught = failure.what();
    }
  };
  std::string caught;
  EXPECT_FALSE(run(try_it(poller, caught)));
  EXPECT_EQ(caught, "as expected");
  EXPECT_TRUE(run(fail_later(poller)));
}

Task<int> add_at_once(int number) { co_return number + 1; }

Task<void> count_to(int count, int& number) {
  while (number < count)
    number = co_await add_at_once(number);
}

// Deeper than any stack, where each that ends at once would stay on it.
TEST_F(TaskTest, AwaitsAMillionThatEndAtOnce) {
  int number = 0;
  EXPECT_FALSE(run(count_to(1'000'000, number)));
  EXPECT_EQ(number, 1'000'000);
}

Task<int> add_later(Poller& poller, int number) {
  co_await Turn(poller);
  const int sum = co_await add_at_once(number);
  co_return sum;
}

TEST_F(TaskTest, AwaitsAMillionThatEndLater) {
  int number = 0;
  const auto count = [](Poller& turns, int& sum) -> Task<void> {
    while (sum < 1'000'000)
      sum = co_await add_later(turns, sum);
  };
  EXPECT_FALSE(run(count(poller, number)));
  EXPECT_EQ(number, 1'000'000);
}

TEST_F(TaskTest, NeverBeginsWhatNobodyAwaits) {
  bool begun = false;
  const auto held = std::make_shared<int>(0);
  {
    const Task<void> task = [](std::shared_ptr<int> /*held*/, bool& started) -> Task<void> {
      started = true;
      co_return;
    }(held, begun);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_FALSE(begun);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(TaskTest, LetsGoOfWhatItHoldsBeforeItsEndIsTold) {
  const auto held = std::make_shared<int>(0);
  long holders = 0;
  spawn(
      poller, [](Poller& turns, std::shared_ptr<int> /*held*/) -> Task<void> { co_await Turn(turns); }(poller, held),
      [&](const std::exception_ptr& /*failure*/) { holders = held.use_count(); });
  poller.run();
  EXPECT_EQ(holders, 1);
}

}  // namespace

}  // namespace simplon::net
