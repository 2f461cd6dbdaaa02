// Asks the admin server of a running gateway.
#pragma once

#include "support/running_gateway.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon::test {

/// An `[admin]` table at a port of the kernel's choice; more keys may follow.
inline constexpr std::string_view admin_table = "[admin]\naddress = \"127.0.0.1:0\"\n";

inline StreamSocket connect_to_admin(const RunningGateway& gateway) {
  const std::string address = gateway.admin_address();
  return StreamSocket::connect(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
}

/// A request that ends the connection; `fields` are whole lines.
inline std::string admin_request(std::string_view path, std::string_view method = "GET", std::string_view fields = "") {
  return std::string(method) + ' ' + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "Connection: close\r\n\r\n";
}

/// All that is answered until the connection ends.
inline std::string ask(StreamSocket admin, const std::string& request) {
  EXPECT_TRUE(admin.send(request));
  return admin.read_to_end().bytes;
}

inline std::string get(const RunningGateway& gateway, std::string_view path) {
  return ask(connect_to_admin(gateway), admin_request(path));
}

/// The value of a metric's series in an answer; nothing where it is not there.
inline std::optional<double> value_of(const std::string& answer, const std::string& series) {
  const std::size_t at = answer.find('\n' + series + ' ');
  if (at == std::string::npos) return std::nullopt;
  return std::stod(answer.substr(at + series.size() + 2));
}

}  // namespace simplon::test
