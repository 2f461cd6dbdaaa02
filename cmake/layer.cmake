# simplon_layer(NAME SOURCES file... DEPENDS layer-or-library...)
# One static library per folder of src/. DEPENDS names the layers below it, so an upward include fails to link.
function(simplon_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  add_library(simplon_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(simplon_${name} PUBLIC simplon_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
endfunction()
