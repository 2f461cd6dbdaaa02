// Deciding does not touch the heap.
#include "unit/route/table_builder.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace simplon::route::testing {
namespace {

std::size_t count_allocations(const RouteTable& table, const Client& client) {
  const Request request = client.request();
  const std::size_t before = allocations;
  const Decision decision = decide(table, request);
  const std::size_t after = allocations;
  EXPECT_TRUE(decision.route || decision.refusal);
  return after - before;
}

TEST(Allocations, TheCounterCounts) {
  const std::size_t before = allocations;
  const auto memory = std::make_unique<int>(1);
  EXPECT_GT(allocations, before);
}

TEST(Allocations, DecidingAllocatesNothing) {
  std::vector<RouteSpec> routes;
  for (int i = 0; i < 10'000; ++i) {
    routes.push_back(route(any({"h2", "http/1.1"}), {"host" + std::to_string(i) + ".example.com"}));
  }
  for (const Order order : {Order::server, Order::client}) {
    const auto built = table(routes, order);
    EXPECT_EQ(count_allocations(built, Client{"h2", "http/1.1"}.server_name("host9999.example.com")), 0U);
    EXPECT_EQ(count_allocations(built, Client{"x"}.server_name("host1.example.com")), 0U);
    EXPECT_EQ(count_allocations(built, Client{"h2"}.server_name("nobody.example.com")), 0U);
    EXPECT_EQ(count_allocations(built, Client{}), 0U);
  }
}

}  // namespace
}  // namespace simplon::route::testing
