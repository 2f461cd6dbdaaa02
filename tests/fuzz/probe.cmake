simplon_fuzzer(raw_client SOURCES raw_client.cpp DEPENDS simplon_probe)
