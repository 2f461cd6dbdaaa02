// What every fuzzer needs.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace simplon::fuzz {

/// The fuzzer's input as bytes.
inline Bytes bytes_of(const std::uint8_t* data, std::size_t size) noexcept {
  return std::as_bytes(std::span(data, size));
}

/// Ends the program where `condition` does not hold, so that the fuzzer keeps the input.
inline void expect(bool condition) noexcept {
  if (!condition) std::abort();
}

/// Reads every byte, so that the sanitizers see a view that reaches too far.
inline void touch(Bytes bytes) noexcept {
  for (const std::byte byte : bytes) {
    [[maybe_unused]] volatile const std::byte read = byte;
  }
}

}  // namespace simplon::fuzz
