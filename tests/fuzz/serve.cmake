simplon_fuzzer(http1 SOURCES serve/http1.cpp DEPENDS simplon_serve_http)
simplon_fuzzer(http2 SOURCES serve/http2.cpp DEPENDS simplon_serve_http)
simplon_fuzzer(http1_client SOURCES serve/http1_client.cpp DEPENDS simplon_serve_http)
simplon_fuzzer(http2_client SOURCES serve/http2_client.cpp DEPENDS simplon_serve_http)
