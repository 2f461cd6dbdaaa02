// ClientHellos for tests and benchmarks.
#pragma once

#include "simplon/hello/builder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::test {

/// What a real client sent, records and all: the file `name`.bin of tests/data/hello.
inline std::vector<std::byte> real_hello(const std::string& name) {
  std::ifstream file(SIMPLON_SOURCE_DIR "/tests/data/hello/" + name + ".bin", std::ios::binary);
  if (!file) throw std::runtime_error("no sample " + name);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// A list from names without their lengths.
inline ProtocolList list_of(std::initializer_list<std::string_view> names) {
  std::vector<ProtocolIdView> ids;
  for (const std::string_view name : names)
    ids.push_back(ProtocolIdView::from(name).value());
  return ProtocolList::from(ids).value();
}

/// The hello of Chrome 100 or so, of which JA4's specification has the fingerprint, padded to 512 bytes; one record of
/// it has 517.
inline ClientHelloBuilder chrome_hello() {
  static constexpr std::array<std::uint16_t, 15> suites = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                                           0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                                                           0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  static constexpr std::array<std::uint16_t, 8> schemes = {0x0403, 0x0804, 0x0401, 0x0503,
                                                           0x0805, 0x0501, 0x0806, 0x0601};
  static constexpr std::array<std::uint16_t, 2> versions = {0x0304, 0x0303};
  static constexpr std::array<std::uint16_t, 3> groups = {0x001d, 0x0017, 0x0018};
  static constexpr std::array<std::byte, 32> bytes = {std::byte{0x5a}};
  static constexpr KeyShareView share{0x001d, bytes};
  using namespace std::string_view_literals;
  ClientHelloBuilder builder;
  builder.random(bytes).session_id(bytes).cipher_suites(suites).grease(3).pad_to(512);
  builder.extension(0x001b, as_bytes("\x02\x00\x02"sv))
      .server_name("www.example.com")
      .key_shares({&share, 1})
      .alpn(list_of({"h2", "http/1.1"}).view())
      .extension(0x4469, as_bytes("\x00\x03\x02h2"sv))
      .extension(0x0017, {})
      .extension(0x002d, as_bytes("\x01\x01"sv))
      .signature_algorithms(schemes)
      .extension(0x0005, as_bytes("\x01\x00\x00\x00\x00"sv))
      .extension(0x0023, {})
      .extension(0x0012, {})
      .supported_versions(versions)
      .extension(0xff01, as_bytes("\x00"sv))
      .extension(0x000b, as_bytes("\x01\x00"sv))
      .supported_groups(groups);
  return builder;
}

}  // namespace simplon::test
