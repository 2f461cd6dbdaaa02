// ByteReader: every byte of the input chooses a read; no read may leave the input or advance on failure.
#include "fuzz.hpp"

namespace {

using simplon::ByteReader;
using simplon::Bytes;
using simplon::fuzz::expect;

/// A read advances past what it gives and `extra` bytes, and not at all when it gives nothing.
template <typename Read>
void check(ByteReader& reader, std::size_t extra, Read&& read) {
  const std::size_t before = reader.remaining();
  const std::optional<std::size_t> given = read();
  expect(reader.remaining() == (given ? before - *given - extra : before));
}

std::optional<std::size_t> size_of(std::optional<Bytes> bytes) {
  if (!bytes) return std::nullopt;
  simplon::fuzz::touch(*bytes);
  return bytes->size();
}

template <typename Integer>
std::optional<std::size_t> size_of(std::optional<Integer> value) {
  if (!value) return std::nullopt;
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = simplon::fuzz::bytes_of(data, size);
  ByteReader reader(input);
  for (const std::byte choice : input) {
    switch (std::to_integer<unsigned>(choice) % 6) {
      case 0:
        check(reader, 1, [&] { return size_of(reader.read_u8()); });
        break;
      case 1:
        check(reader, 2, [&] { return size_of(reader.read_u16()); });
        break;
      case 2:
        check(reader, 3, [&] { return size_of(reader.read_u24()); });
        break;
      case 3:
        check(reader, 1, [&] { return size_of(reader.read_vector_u8()); });
        break;
      case 4:
        check(reader, 2, [&] { return size_of(reader.read_vector_u16()); });
        break;
      default:
        check(reader, 0, [&] { return size_of(reader.read(std::to_integer<unsigned>(choice))); });
        break;
    }
  }
  expect(reader.empty() == (reader.remaining() == 0));
  simplon::fuzz::touch(reader.rest());
  return 0;
}
