simplon_fuzzer(config SOURCES config.cpp DEPENDS simplon_config)
