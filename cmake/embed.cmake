cmake_minimum_required(VERSION 3.25)
# Turns a text file into a C++ string literal to #include, so that the program needs no file of its own at run time.
file(READ "${IN}" text)
if(text MATCHES "\\)embedded\"")
  message(FATAL_ERROR "${IN} holds the end of the literal it should become")
endif()
file(WRITE "${OUT}" "R\"embedded(${text})embedded\"\n")
