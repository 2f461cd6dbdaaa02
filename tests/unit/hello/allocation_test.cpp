// Reading a hello, and all that a decision needs of it, takes no memory from the heap.
#include "simplon/alpn/policy.hpp"
#include "simplon/hello/ja4.hpp"
#include "simplon/hello/plain_http.hpp"
#include "simplon/hello/reader.hpp"
#include "simplon/hello/server_name.hpp"
#include "unit/hello/samples.hpp"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include <gtest/gtest.h>

namespace {
std::atomic<std::size_t> allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace simplon {
namespace {

/// How often `action` asked for memory.
template <typename Action>
std::size_t allocations_of(Action&& action) {
  const std::size_t before = allocations;
  action();
  return allocations - before;
}

TEST(Allocations, AreCounted) {
  std::unique_ptr<int> memory;
  EXPECT_EQ(allocations_of([&] { memory = std::make_unique<int>(1); }), 1u);
}

TEST(Allocations, AreNoneWhenReading) {
  const auto message = test::chrome_hello().build().value();
  for (const std::size_t fragment : {std::size_t{1}, std::size_t{200}, std::size_t{16384}}) {
    auto stream = to_records(message, fragment);
    bool read = false;
    EXPECT_EQ(allocations_of([&] {
                for (std::size_t size = 0; size < stream.size(); ++size) {
                  (void)read_client_hello(std::span(stream).first(size), {});
                }
                read = std::holds_alternative<ClientHelloView>(read_client_hello(stream, {}));
              }),
              0u);
    EXPECT_TRUE(read);
  }
}

TEST(Allocations, AreNoneWithThousandsOfExtensions) {
  ClientHelloBuilder builder;
  for (std::uint16_t i = 0; i < 16000; ++i)
    builder.repeat_extension(static_cast<std::uint16_t>(0x1000 + i), {});
  const auto message = builder.build().value();
  bool parsed = false;
  EXPECT_EQ(allocations_of([&] { parsed = parse_client_hello(message).has_value(); }), 0u);
  EXPECT_TRUE(parsed);
}

TEST(Allocations, AreNoneWhenReadingWhatARealClientSent) {
  auto stream = test::real_hello("chromium");
  std::array<char, ja4_raw_max_size> buffer;
  bool done = false;
  EXPECT_EQ(allocations_of([&] {
              (void)looks_like_http(stream);
              const auto outcome = read_client_hello(stream, {});
              const auto& hello = std::get<ClientHelloView>(outcome);
              std::size_t names = 0;
              for (const ProtocolIdView id : *hello.alpn)
                names += id.size();
              const auto name = ServerName::from(*hello.server_name);
              const auto raw = write_ja4_raw(hello, buffer);
              const auto hashed = write_ja4(hello, [](Bytes, std::span<std::byte, 32>) {}, buffer);
              done = names == 10 && name && raw && hashed && highest_version(hello) && offers_h2_suite(hello);
            }),
            0u);
  EXPECT_TRUE(done);
}

TEST(Allocations, AreNoneWhenAPolicyIsAsked) {
  auto stream = test::real_hello("chromium");
  const ProtocolIdView speaks[] = {protocol::http_1_1, protocol::h2};
  const Policy policy(Preferences::from(speaks).value());
  std::optional<ProtocolIdView> selected;
  EXPECT_EQ(allocations_of([&] {
              const auto outcome = read_client_hello(stream, {});
              selected = policy.select(Offer(std::get<ClientHelloView>(outcome).alpn)).selected();
            }),
            0u);
  EXPECT_EQ(selected, protocol::http_1_1);
}

}  // namespace
}  // namespace simplon
