#include "config/addresses.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::config {
namespace {

using testing::HasSubstr;
using Address = decltype(Backend::address);

TEST(ListenAddress, TakesIPv4) {
  EXPECT_EQ(parse_listen_address("192.0.2.1:443"),
            (ListenAddress{.ip = "192.0.2.1", .port = 443, .dual_stack = false, .text = "192.0.2.1:443"}));
}

TEST(ListenAddress, TakesIPv6InAnyForm) {
  EXPECT_EQ(parse_listen_address("[2001:DB8:0:0::1]:443"),
            (ListenAddress{.ip = "2001:db8::1", .port = 443, .dual_stack = false, .text = "[2001:DB8:0:0::1]:443"}));
}

TEST(ListenAddress, TakesBothFamiliesAtTheUnspecifiedAddress) {
  EXPECT_EQ(parse_listen_address("[::]:443"),
            (ListenAddress{.ip = "::", .port = 443, .dual_stack = true, .text = "[::]:443"}));
  EXPECT_EQ(parse_listen_address(":443"), (ListenAddress{.ip = "::", .port = 443, .dual_stack = true, .text = ":443"}));
  EXPECT_FALSE(parse_listen_address("0.0.0.0:443").value().dual_stack);
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                                      "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "127.1:443", "::1:443", "[::1]",
                                      "[::1]443", "[::1:443", "[127.0.0.1]:443", "localhost:443", "unix:/x"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

TEST(Backend, TakesAHost) {
  EXPECT_EQ(parse_backend("backend.internal:8080", ""),
            (Backend{.address = HostPort{.host = "backend.internal", .port = 8080}, .text = "backend.internal:8080"}));
}

TEST(Backend, TakesIPv6WithoutItsBrackets) {
  EXPECT_EQ(std::get<HostPort>(parse_backend("[::1]:80", "").value().address), (HostPort{.host = "::1", .port = 80}));
}

TEST(Backend, TakesASocketBesideTheFile) {
  EXPECT_EQ(std::get<UnixSocket>(parse_backend("unix:x.sock", "/etc").value().address).path, "/etc/x.sock");
  EXPECT_EQ(std::get<UnixSocket>(parse_backend("unix:/run/x.sock", "/etc").value().address).path, "/run/x.sock");
}

TEST(Backend, RefusesSocketPathsThatTheKernelCannotTake) {
  EXPECT_TRUE(parse_backend("unix:/" + std::string(106, 'x'), ""));
  EXPECT_THAT(parse_backend("unix:/" + std::string(107, 'x'), "").error(), HasSubstr("107 bytes at most"));
}

TEST(Backend, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "host", "host:", "host:0", ":80", "ho st:80", "1.2.3.4.5:80", "-:0",
                                      "unix:", "http://host:80", "::1:80", "[::1]", "[host]:80"}) {
    EXPECT_FALSE(parse_backend(text, "")) << text;
  }
}

TEST(BackendUrl, TakesBothSchemes) {
  EXPECT_EQ(parse_backend_url("http://127.0.0.1:3000", "").value(),
            (BackendUrl{
                .h2c = false,
                .backend = {.address = HostPort{.host = "127.0.0.1", .port = 3000}, .text = "http://127.0.0.1:3000"}}));
  EXPECT_EQ(parse_backend_url("h2c://app:50051/", "").value(),
            (BackendUrl{.h2c = true,
                        .backend = {.address = HostPort{.host = "app", .port = 50051}, .text = "h2c://app:50051/"}}));
}

// RFC 9110 §4.2.1
TEST(BackendUrl, HasPort80ByDefault) {
  EXPECT_EQ(parse_backend_url("http://app", "").value().backend.address,
            (Address{HostPort{.host = "app", .port = 80}}));
  EXPECT_EQ(parse_backend_url("h2c://app/", "").value().backend.address,
            (Address{HostPort{.host = "app", .port = 80}}));
  EXPECT_EQ(parse_backend_url("http://[::1]", "").value().backend.address,
            (Address{HostPort{.host = "::1", .port = 80}}));
}

TEST(BackendUrl, TakesASocketBesideTheFile) {
  EXPECT_EQ(parse_backend_url("http://unix:app.sock", "/etc").value(),
            (BackendUrl{.h2c = false,
                        .backend = {.address = UnixSocket{.path = "/etc/app.sock"}, .text = "http://unix:app.sock"}}));
  EXPECT_EQ(parse_backend_url("h2c://unix:/run/x/../app.sock/", "/etc").value(),
            (BackendUrl{.h2c = true,
                        .backend = {.address = UnixSocket{.path = "/run/app.sock"},
                                    .text = "h2c://unix:/run/x/../app.sock/"}}));
}

TEST(BackendUrl, RefusesWhatIsNone) {
  for (const std::string_view text : {"app:80",
                                      "https://app:443",
                                      "http://",
                                      "http://app:80/path",
                                      "http://u@app:80",
                                      "http://app:80?x",
                                      "http://app:80#x",
                                      "http://app:80//",
                                      "http://app:",
                                      "http://:80",
                                      "http://app:0",
                                      "ftp://app",
                                      "HTTP://app",
                                      "h2c:app",
                                      "http://unix:",
                                      "http://unix:/",
                                      "http://unix:/a.sock?x",
                                      "http://unix:/a.sock#x",
                                      "http://unix:/a.sock:/",
                                      "http://unix:/a.sock:/path",
                                      "http://1.2.3.4.5",
                                      "http://[::1",
                                      "http://a b"}) {
    EXPECT_FALSE(parse_backend_url(text, "")) << text;
  }
  EXPECT_FALSE(parse_backend_url("http://unix:/" + std::string(107, 'x'), ""));
}

TEST(BackendUrl, SaysThatTlsToABackendIsLater) {
  EXPECT_THAT(parse_backend_url("https://app", "").error(), HasSubstr("TLS to the backend, which is not available"));
}

TEST(Network, TakesAddressesAndPrefixes) {
  for (const std::string_view text : {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "2001:db8::/32", "::/128"}) {
    EXPECT_TRUE(parse_network(text)) << text;
  }
}

TEST(Network, ContainsWhatBeginsAlike) {
  const auto contains = [](std::string_view network, std::string_view address) {
    return parse_network(network)->contains(parse_network(address)->address);
  };
  EXPECT_TRUE(contains("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(contains("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(contains("10.1.2.3/8", "10.255.255.255"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("::/0", "2001:db8::1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "192.0.2.1"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  // What a dual-stack listener sees of an IPv4 client (RFC 4291 §2.5.5.2).
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
}

TEST(Network, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "host", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "10/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace simplon::config
