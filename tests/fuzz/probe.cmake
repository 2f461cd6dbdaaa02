simplon_fuzzer(raw_client SOURCES raw_client.cpp DEPENDS simplon_probe)
simplon_fuzzer(bent_server SOURCES bent_server.cpp DEPENDS simplon_probe)
