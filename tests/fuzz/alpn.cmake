simplon_fuzzer(bytes SOURCES bytes.cpp DEPENDS simplon_alpn)
simplon_fuzzer(protocol_list SOURCES protocol_list.cpp DEPENDS simplon_alpn)
