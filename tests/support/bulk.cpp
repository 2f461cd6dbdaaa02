#include "support/bulk.hpp"

#include <cstdint>
#include <cstring>
#include <random>

namespace simplon::test {

const std::string& bulk() {
  static const std::string made = [] {
    std::string bytes(64UZ * 1024 * 1024, '\0');
    std::mt19937_64 random(7301);
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      const std::uint64_t word = random();
      std::memcpy(bytes.data() + i, &word, 8);
    }
    return bytes;
  }();
  return made;
}

}  // namespace simplon::test
