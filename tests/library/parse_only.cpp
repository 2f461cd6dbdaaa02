// The least that reads ClientHellos: the first bytes of a connection on standard input, the server name and the offer
// on standard output. For its size: no streams, no allocation.
#include "simplon/hello/reader.hpp"

#include <cstdio>
#include <variant>

#include <unistd.h>

namespace {

std::byte stream[simplon::HelloLimits{}.stream_bytes()];

void print(simplon::Bytes bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fputc('\n', stdout);
}

}  // namespace

int main() {
  std::size_t size = 0;
  simplon::ReadOutcome outcome = simplon::NeedMore{1};
  while (std::holds_alternative<simplon::NeedMore>(outcome)) {
    const auto arrived = ::read(STDIN_FILENO, stream + size, sizeof stream - size);
    if (arrived <= 0) return 1;
    size += static_cast<std::size_t>(arrived);
    outcome = simplon::read_client_hello({stream, size}, {});
  }
  const auto* hello = std::get_if<simplon::ClientHelloView>(&outcome);
  if (hello == nullptr) return 1;
  if (hello->server_name) print(*hello->server_name);
  if (hello->alpn) {
    for (const simplon::ProtocolIdView id : *hello->alpn)
      print(simplon::as_bytes(id.bytes()));
  }
  return 0;
}
