simplon_fuzzer(hello SOURCES hello.cpp DEPENDS simplon_hello)
simplon_fuzzer(hello_pieces SOURCES hello_pieces.cpp DEPENDS simplon_hello)
