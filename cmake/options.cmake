# Every target of ours links simplon_options: warnings, include path, sanitizers.
add_library(simplon_options INTERFACE)
target_include_directories(simplon_options INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(simplon_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
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
