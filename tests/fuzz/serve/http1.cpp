// An HTTP/1 session never crashes and stays bounded, whatever a client sends in whatever pieces.
#include "drive.hpp"
#include "serve/http/http1_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simplon::serve::http;
  AnsweringService service(answer);
  Http1Session session(service);
  drive(session, std::as_bytes(std::span(data, size)));
  return 0;
}
