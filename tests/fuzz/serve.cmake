simplon_fuzzer(http1 SOURCES serve/http1.cpp DEPENDS simplon_serve_http)
simplon_fuzzer(http2 SOURCES serve/http2.cpp DEPENDS simplon_serve_http)
