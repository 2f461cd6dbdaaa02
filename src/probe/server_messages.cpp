#include "probe/server_messages.hpp"

#include "tls/native.hpp"

#include <array>
#include <new>

#include <openssl/x509.h>

namespace simplon::probe {

namespace {

// Everything here is made by this program, and short; a chain of more than 16 MB is not.
void require(bool fits) {
  if (!fits) throw std::bad_alloc();
}

template <typename Body>
void write_vector(ByteWriter& writer, std::size_t width, Body&& body) {
  require(writer.write_vector(width, std::forward<Body>(body)));
}

void write_opaque(ByteWriter& writer, std::size_t width, Bytes content) {
  write_vector(writer, width, [&](ByteWriter& out) { out.write(content); });
}

template <typename Body>
std::vector<std::byte> message(std::uint8_t type, Body&& body) {
  ByteWriter writer;
  writer.write_u8(type);
  write_vector(writer, 3, std::forward<Body>(body));
  return writer.take();
}

void write_extensions(ByteWriter& writer, const Extensions& extensions) {
  write_vector(writer, 2, [&](ByteWriter& out) {
    for (const Extension& each : extensions) {
      out.write_u16(each.type);
      write_opaque(out, 2, each.body);
    }
  });
}

std::vector<std::byte> der_of(const X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  require(size > 0);
  std::vector<std::byte> der(static_cast<std::size_t>(size));
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  require(i2d_X509(certificate, &out) == size);
  return der;
}

}  // namespace

Bytes retry_random() noexcept {
  // SHA-256 of "HelloRetryRequest".
  static constexpr std::array<unsigned char, 32> bytes{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                                       0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                                       0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
  return std::as_bytes(std::span(bytes));
}

std::vector<std::byte> write_server_hello(const ServerHello& hello) {
  return message(2, [&](ByteWriter& out) {
    out.write_u16(0x0303);
    out.write(hello.random);
    write_opaque(out, 1, hello.session_id);
    out.write_u16(hello.suite);
    out.write_u8(0);  // no compression
    write_extensions(out, hello.extensions);
  });
}

std::vector<std::byte> write_encrypted_extensions(const Extensions& extensions) {
  return message(8, [&](ByteWriter& out) { write_extensions(out, extensions); });
}

std::vector<std::byte> write_certificate(const tls::Certificate& certificate, const Extensions& of_leaf) {
  return message(11, [&](ByteWriter& out) {
    write_opaque(out, 1, Bytes());  // the request's context: there was none
    write_vector(out, 3, [&](ByteWriter& list) {
      const Extensions none;
      const Extensions* extensions = &of_leaf;
      for (const auto& each : certificate.native().chain) {
        write_opaque(list, 3, der_of(each.get()));
        write_extensions(list, *extensions);
        extensions = &none;
      }
    });
  });
}

std::vector<std::byte> write_tls12_certificate(const tls::Certificate& certificate) {
  return message(11, [&](ByteWriter& out) {
    write_vector(out, 3, [&](ByteWriter& list) {
      for (const auto& each : certificate.native().chain)
        write_opaque(list, 3, der_of(each.get()));
    });
  });
}

std::vector<std::byte> write_certificate_verify(std::uint16_t scheme, Bytes signature) {
  return message(15, [&](ByteWriter& out) {
    out.write_u16(scheme);
    write_opaque(out, 2, signature);
  });
}

std::vector<std::byte> write_server_key_exchange(Bytes parameters, std::uint16_t scheme, Bytes signature) {
  return message(12, [&](ByteWriter& out) {
    out.write(parameters);
    out.write_u16(scheme);
    write_opaque(out, 2, signature);
  });
}

std::vector<std::byte> write_server_hello_done() {
  return message(14, [](ByteWriter&) {});
}

std::vector<std::byte> write_finished(Bytes verify) {
  return message(20, [&](ByteWriter& out) { out.write(verify); });
}

std::vector<std::byte> write_key_exchange_parameters(std::uint16_t group, Bytes share) {
  constexpr std::uint8_t named_curve = 3;
  ByteWriter writer;
  writer.write_u8(named_curve);
  writer.write_u16(group);
  write_opaque(writer, 1, share);
  return writer.take();
}

std::vector<std::byte> write_record(std::uint8_t type, Bytes content) {
  ByteWriter writer;
  writer.write_u8(type);
  writer.write_u16(0x0303);
  write_opaque(writer, 2, content);
  return writer.take();
}

}  // namespace simplon::probe
