// The client's end of HTTP/2 never crashes, stays bounded and answers every request, whatever a backend sends.
#include "serve/http/http2_client.hpp"

#include "drive_client.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simplon::serve::http;
  Http2Client session(4096);
  drive_client(session, std::as_bytes(std::span(data, size)));
  return 0;
}
