# simplon_layer(NAME SOURCES file... DEPENDS layer-or-library...)
# One static library per folder of src/. DEPENDS names the layers below it, so an upward include fails to link.
function(simplon_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  add_library(simplon_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(simplon_${name} PUBLIC simplon_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
  # Under sanitizers optimising these saves their tests less time than it takes; the layers below are fuzzed.
  if(SIMPLON_SANITIZE AND name MATCHES "^(serve|admin|gateway|probe|cli)$" AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(simplon_${name} PRIVATE -O0)
  endif()
endfunction()

# simplon_test(NAME SOURCES file... DEPENDS layer-or-library... [LABELS label...] [PREFIX text])
# A GoogleTest program whose cases ctest runs one by one, in parallel safely. Without a label it belongs to the short
# lane of script/test; the label "all" keeps it for script/test --all, "slow" for --slow. The prefix stands before the
# cases' names, where several programs have them.
function(simplon_test name)
  cmake_parse_arguments(ARG "" "PREFIX" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE simplon_options ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE SIMPLON_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # A test runs once for each time it is compiled, so that optimising it takes longer than it saves.
  target_compile_options(${name} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O0>)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${ARG_PREFIX}" PROPERTIES TIMEOUT 120 LABELS "${ARG_LABELS}")
endfunction()

# simplon_fuzzer(NAME SOURCES file... DEPENDS layer...)
# A libFuzzer program; its seeds are committed under tests/fuzz/corpus/NAME.
function(simplon_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(fuzz_${name} ${ARG_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE simplon_options ${ARG_DEPENDS})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endfunction()

# simplon_subdirectories(folder...): those that exist, in this order.
function(simplon_subdirectories)
  foreach(folder IN LISTS ARGN)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
