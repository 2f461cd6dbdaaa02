# Every target of ours links simplon_options: warnings, include path, sanitizers.
add_library(simplon_options INTERFACE)
target_include_directories(simplon_options INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(simplon_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105651), and members of std::optional and
  # of temporaries unset that are never read then (GCC bugs 80635, 105562). Clang watches over both.
  target_compile_options(simplon_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(SIMPLON_WERROR)
  target_compile_options(simplon_options INTERFACE -Werror)
endif()
if(SIMPLON_SANITIZE)
  target_compile_options(simplon_options INTERFACE -fsanitize=${SIMPLON_SANITIZE} -fno-omit-frame-pointer
                                                   -fno-sanitize-recover=undefined)
  target_link_options(simplon_options INTERFACE -fsanitize=${SIMPLON_SANITIZE})
endif()
if(SIMPLON_FUZZ)
  # Coverage for the fuzzers in every object; only the fuzz targets themselves link libFuzzer's main.
  target_compile_options(simplon_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(simplon_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
