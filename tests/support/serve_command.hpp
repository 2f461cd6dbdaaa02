// The program with a configuration in a folder of the test's own.
#pragma once

#include "support/temporary_folder.hpp"
#include "support/test_certificate.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon::test {

inline void write_file(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

inline std::string read_file(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The port that `output` names behind "127.0.0.1:".
inline std::uint16_t port_in(const std::string& output) {
  const std::string_view address = "127.0.0.1:";
  const std::size_t at = output.find(address, output.find("listening"));
  if (at == std::string::npos) throw std::runtime_error("no address in: " + output);
  return static_cast<std::uint16_t>(std::stoi(output.substr(at + address.size())));
}

class ServeCommand : public testing::Test {
 protected:
  /// A configuration that shows the page, with `more` in front.
  [[nodiscard]] std::string configure(const std::string& more = "") const {
    const TestCertificate made = make_test_certificate({.names = {"app.example.com"}});
    write_file(folder.path() / "chain.pem", made.chain_pem);
    write_file(folder.path() / "key.pem", made.key_pem);
    write_file(folder.path() / "simplon.toml",
               more +
                   "[[listen]]\naddress = \"127.0.0.1:0\"\n[[certificate]]\nchain = \"chain.pem\"\nkey = "
                   "\"key.pem\"\n[[route]]\ninspect = true\n");
    return folder.path() / "simplon.toml";
  }

  const TemporaryFolder folder;
};

}  // namespace simplon::test
