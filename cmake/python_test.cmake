# simplon_python_test(FILE [LABELS label...] [TIMEOUT seconds] [PROCESSORS n])
# Gives ctest every test method of a unittest file as a case of its own, named FILE.Class.test_method. The methods are
# read from the file while configuring, so none can be forgotten.
function(simplon_python_test file)
  cmake_parse_arguments(ARG "" "TIMEOUT;PROCESSORS" "LABELS" ${ARGN})
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  get_filename_component(stem ${file} NAME_WE)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_PROCESSORS)
    set(ARG_PROCESSORS 1)
  endif()
  file(STRINGS ${path} lines REGEX "^class |^    def test_")
  set(class "")
  foreach(line IN LISTS lines)
    if(line MATCHES "^class ([A-Za-z0-9_]+)")
      set(class ${CMAKE_MATCH_1})
    elseif(line MATCHES "def (test_[a-z0-9_]+)")
      set(name ${stem}.${class}.${CMAKE_MATCH_1})
      add_test(NAME ${name} COMMAND /usr/bin/python3 -B ${path} ${class}.${CMAKE_MATCH_1})
      set_tests_properties(
        ${name}
        PROPERTIES TIMEOUT ${ARG_TIMEOUT} PROCESSORS ${ARG_PROCESSORS} LABELS "${ARG_LABELS}"
                   ENVIRONMENT "SIMPLON=$<TARGET_FILE:simplon>;SIMPLON_TLS=${SIMPLON_TLS};PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support/python")
    endif()
  endforeach()
endfunction()
