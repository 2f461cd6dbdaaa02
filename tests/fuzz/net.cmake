simplon_fuzzer(proxy_protocol SOURCES proxy_protocol.cpp DEPENDS simplon_net)
