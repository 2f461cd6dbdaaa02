// Host names of backends.
#include "net/resolver.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace simplon::net {

namespace {

using Answer = std::expected<std::vector<Endpoint>, std::string>;

class ResolverTest : public testing::Test {
 protected:
  Answer resolve(const std::string& host, std::uint16_t port) {
    std::optional<Answer> answer;
    spawn(Poller::of(context),
          [](Resolver& asked, std::string name, std::uint16_t number, std::optional<Answer>& result) -> Task<void> {
            Answer got = co_await asked.resolve(std::move(name), number);
            result = std::move(got);
          }(resolver, host, port, answer));
    at_once = answer.has_value();
    Poller::of(context).run();
    return answer.value();
  }
  asio::io_context context;
  Resolver resolver{context};
  bool at_once = false;  // without waiting
};

TEST_F(ResolverTest, FindsLocalhost) {
  const Answer answer = resolve("localhost", 8080);
  ASSERT_TRUE(answer) << answer.error();
  ASSERT_FALSE(answer->empty());
  for (const Endpoint& each : *answer) {
    EXPECT_TRUE(each.is_ip());
    EXPECT_EQ(each.port(), 8080);
  }
}

// An answer that is kept needs no thread to come back from: it is there before the event loop has waited once.
TEST_F(ResolverTest, KeepsAnswersByHostAndPort) {
  ASSERT_TRUE(resolve("localhost", 8080));
  EXPECT_FALSE(at_once);
  const Answer kept = resolve("localhost", 8080);
  ASSERT_TRUE(kept);
  EXPECT_TRUE(at_once);
  EXPECT_EQ(kept->front().port(), 8080);
  const Answer other = resolve("localhost", 8081);
  ASSERT_TRUE(other);
  EXPECT_FALSE(at_once);
  EXPECT_EQ(other->front().port(), 8081);
}

// RFC 6761 §6.4.
TEST_F(ResolverTest, SaysWhyThereIsNoAnswer) {
  const Answer answer = resolve("nowhere.invalid", 1);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error(), "");
}

TEST_F(ResolverTest, DoesNotKeepFailures) {
  ASSERT_FALSE(resolve("nowhere.invalid", 1));
  ASSERT_FALSE(resolve("nowhere.invalid", 1));
  EXPECT_FALSE(at_once);
}

}  // namespace

}  // namespace simplon::net
