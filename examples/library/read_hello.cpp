// Prints what a ClientHello says: read_hello FILE, with the first bytes of a TLS connection in it.
#include <simplon/hello/ja4.hpp>
#include <simplon/hello/reader.hpp>
#include <simplon/hello/server_name.hpp>

#include <array>
#include <fstream>
#include <iostream>
#include <variant>

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "", std::ios::binary);
  if (!file) {
    std::cerr << "usage: read_hello FILE\n";
    return 2;
  }

  simplon::HelloReader reader;  // takes the bytes in pieces, as a socket would bring them
  simplon::ReadOutcome outcome = simplon::NeedMore{1};
  std::array<char, 1024> piece;
  while (std::holds_alternative<simplon::NeedMore>(outcome) && file) {
    file.read(piece.data(), piece.size());
    outcome = reader.feed(simplon::as_bytes({piece.data(), static_cast<std::size_t>(file.gcount())}));
  }
  if (const auto* error = std::get_if<simplon::WireError>(&outcome)) {
    std::cerr << describe(*error) << " (" << section_of(*error) << ")\n";
    return 1;
  }
  const auto* hello = std::get_if<simplon::ClientHelloView>(&outcome);
  if (hello == nullptr) {
    std::cerr << "the file ends before the ClientHello does\n";
    return 1;
  }

  const auto name = hello->server_name ? simplon::ServerName::from(*hello->server_name) : std::nullopt;
  std::cout << "server name  " << (name ? name->text() : "none") << '\n';
  std::cout << "ALPN         " << (hello->alpn ? to_text(*hello->alpn) : "none") << '\n';
  std::array<char, simplon::ja4_raw_max_size> buffer;
  if (const auto raw = write_ja4_raw(*hello, buffer)) std::cout << "JA4, raw     " << *raw << '\n';
}
