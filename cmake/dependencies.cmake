# All of these are Debian packages; script/setup installs them.
find_package(Threads REQUIRED)
include(cmake/tls_library.cmake)
find_package(Boost 1.81 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
# The core alone: its CMake package wants the HTTP server and client of the other parts too.
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
# For the library's adapters, each of which is there where its TLS library is.
find_package(GnuTLS 3.7)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_package(MbedTLS 2.28 MODULE)
if(SIMPLON_TESTS)
  find_package(GTest REQUIRED)
endif()
if(SIMPLON_BENCH)
  find_package(benchmark REQUIRED)
endif()

# Asio through Boost: header-only, coroutines on, the deprecated interfaces off.
add_library(simplon_asio INTERFACE)
target_link_libraries(simplon_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(simplon_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX)
