#include "by_hand.hpp"
#include "overhead.hpp"
#include "simplon/alpn/policy.hpp"
#include "simplon/hello/reader.hpp"
#include "unit/hello/samples.hpp"

#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

namespace simplon {
namespace {

const Policy& policy() {
  static const ProtocolIdView ours[] = {protocol::h2, protocol::http_1_1};
  static const Policy made(Preferences::from(ours).value());
  return made;
}

/// The record; one that the compiler does not know.
std::span<std::byte> hello() {
  static std::vector<std::byte> records = to_records(test::chrome_hello().build().value());
  std::byte* data = records.data();
  benchmark::DoNotOptimize(data);
  benchmark::ClobberMemory();
  return {data, records.size()};
}

std::span<const unsigned char> octets(Bytes bytes) {
  return {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};
}

/// The names of its offer, as a TLS library hands them to its callback.
Bytes names() {
  static const ProtocolList list = test::list_of({"h2", "http/1.1"});
  const std::byte* data = list.view().wire_names().data();
  benchmark::DoNotOptimize(data);
  benchmark::ClobberMemory();
  return {data, list.view().wire_names().size()};
}

bool read_with_simplon(long count) {
  bool right = true;
  for (long i = 0; i < count; ++i) {
    const ReadOutcome outcome = read_client_hello(hello(), {});
    const auto* const read = std::get_if<ClientHelloView>(&outcome);
    right = read != nullptr && policy().select(Offer(read->alpn)).selected() == protocol::h2 && right;
  }
  return right;
}

bool read_by_hand(long count) {
  bool right = true;
  for (long i = 0; i < count; ++i) {
    const auto record = octets(hello());
    right = by_hand::read_and_select(record.data(), record.size()) == "h2" && right;
  }
  return right;
}

SSL_CTX* context() {
  static const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  return made.get();
}

using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;

/// Has OpenSSL read the hello as far as the context's ClientHello callback, which says to wait.
bool accept_hello() {
  const Connection connection(SSL_new(context()), SSL_free);
  const auto record = octets(hello());
  BIO* const input = BIO_new_mem_buf(record.data(), static_cast<int>(record.size()));
  SSL_set_bio(connection.get(), input, BIO_new(BIO_s_null()));
  const int result = SSL_accept(connection.get());
  return SSL_get_error(connection.get(), result) == SSL_ERROR_WANT_CLIENT_HELLO_CB;
}

bool read_with_openssl(long count) {
  bool right = true;
  SSL_CTX_set_client_hello_cb(
      context(),
      [](SSL* connection, int* /*alert*/, void* argument) {
        auto& so_far = *static_cast<bool*>(argument);
        so_far = by_hand::select_of_extension(connection) == "h2" && so_far;
        return SSL_CLIENT_HELLO_RETRY;
      },
      &right);
  for (long i = 0; i < count; ++i)
    right = accept_hello() && right;
  return right;
}

/// What stands in the callback, again and again in one call of it: what OpenSSL did before is not counted.
bool read_in_openssls_callback(long count) {
  struct Loop {
    long count;
    bool right;
  } loop{count, true};
  SSL_CTX_set_client_hello_cb(
      context(),
      [](SSL* connection, int* /*alert*/, void* argument) {
        auto& so_far = *static_cast<Loop*>(argument);
        for (long i = 0; i < so_far.count; ++i)
          so_far.right = by_hand::select_of_extension(connection) == "h2" && so_far.right;
        return SSL_CLIENT_HELLO_RETRY;
      },
      &loop);
  return accept_hello() && loop.right;
}

bool decide_with_simplon(long count) {
  bool right = true;
  for (long i = 0; i < count; ++i) {
    const auto offer = Offer::from_names(names());
    right = offer && policy().select(*offer).selected() == protocol::h2 && right;
  }
  return right;
}

bool decide_by_hand(long count) {
  bool right = true;
  for (long i = 0; i < count; ++i) {
    const auto offered = octets(names());
    right = by_hand::select(offered.data(), offered.size()) == "h2" && right;
  }
  return right;
}

bool decide_with_openssl(long count) {
  bool right = true;
  for (long i = 0; i < count; ++i) {
    const auto offered = octets(names());
    const unsigned char* selected = nullptr;
    unsigned char size = 0;
    const int answer = by_hand::answer_offer(nullptr, &selected, &size, offered.data(),
                                             static_cast<unsigned>(offered.size()), nullptr);
    right = answer == SSL_TLSEXT_ERR_OK && size == 2 && right;
  }
  return right;
}

constexpr Operation operations[] = {
    {"read-with-simplon", read_with_simplon},     {"read-by-hand", read_by_hand},
    {"read-with-openssl", read_with_openssl},     {"read-in-openssls-callback", read_in_openssls_callback},
    {"decide-with-simplon", decide_with_simplon}, {"decide-by-hand", decide_by_hand},
    {"decide-with-openssl", decide_with_openssl},
};

}  // namespace

std::span<const Operation> reading_operations() { return operations; }

}  // namespace simplon
