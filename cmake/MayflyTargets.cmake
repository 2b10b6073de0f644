# Most of a file's compile time is its headers, so CMake compiles a folder's files a few at a time
# (CMAKE_UNITY_BUILD in CMakePresets.json). What a file keeps to itself must then be named once in its
# folder; ALONE names the files for which that would make a worse name (kMagic of several formats).

# mayfly_library(NAME SOURCES ... DEPS ... [ALONE ...]): one folder, one library. DEPS name all it may use.
function(mayfly_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;ALONE" ${ARGN})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC mayfly_compiler ${ARG_DEPS} PRIVATE mayfly_warnings)
endfunction()

# mayfly_program(NAME SOURCES ... DEPS ... [ALONE ...])
function(mayfly_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;ALONE" ${ARGN})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mayfly_compiler mayfly_warnings ${ARG_DEPS})
endfunction()

# All that TSan looks at.
add_custom_target(mayfly_threads_tests)

# mayfly_test(NAME SOURCES ... DEPS ... [ALONE ...] [LABELS ...] [TIMEOUT seconds]): one GoogleTest program a
# folder. LABELS: `threads` is run under TSan too; `integration` starts real programs.
function(mayfly_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;ALONE;LABELS" ${ARGN})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mayfly_compiler mayfly_warnings ${ARG_DEPS} mayfly_testing
                        GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(mayfly_threads_tests ${name})
  endif()
  if(MAYFLY_SANITIZE STREQUAL "address")
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
      "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/testing/lsan.supp"
      "UBSAN_OPTIONS=print_stacktrace=1")
  elseif(MAYFLY_SANITIZE STREQUAL "thread")
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
      "TSAN_OPTIONS=ignore_noninstrumented_modules=1 suppressions=${CMAKE_SOURCE_DIR}/tests/testing/tsan.supp")
  endif()
endfunction()

# mayfly_fuzz(NAME SOURCE file DEPS ...): a fuzz target. With clang and MAYFLY_FUZZ it is a libFuzzer
# program; in every other tree a program that replays its corpus, tests/fuzz/corpus/NAME.
function(mayfly_fuzz name)
  cmake_parse_arguments(ARG "" "SOURCE" "DEPS" ${ARGN})
  set(target fuzz_${name})
  if(MAYFLY_FUZZ)
    add_executable(${target} ${ARG_SOURCE})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${target} ${ARG_SOURCE} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME ${target} COMMAND ${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(${target} PROPERTIES TIMEOUT 120 LABELS "fuzz")
  endif()
  target_link_libraries(${target} PRIVATE mayfly_compiler mayfly_warnings ${ARG_DEPS})
endfunction()
