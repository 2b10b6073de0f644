# Warnings, hardening, sanitizers and the compiler cache, for our own code only: generated code and
# system headers are not ours to mend.
find_program(MAYFLY_CCACHE ccache)
if(MAYFLY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${MAYFLY_CCACHE})
endif()

add_library(mayfly_compiler INTERFACE)
target_include_directories(mayfly_compiler INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(mayfly_compiler INTERFACE
  -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
target_link_options(mayfly_compiler INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

add_library(mayfly_warnings INTERFACE)
target_compile_options(mayfly_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -Wformat=2 -Wundef -Wvla -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)

if(MAYFLY_SANITIZE STREQUAL "address")
  target_compile_options(mayfly_compiler INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mayfly_compiler INTERFACE -fsanitize=address,undefined)
elseif(MAYFLY_SANITIZE STREQUAL "thread")
  # Without the macro: Protobuf's map fields are larger where it is defined, and Debian's library is
  # not built with it.
  target_compile_options(mayfly_compiler INTERFACE
    -fsanitize=thread -fno-omit-frame-pointer -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
  target_link_options(mayfly_compiler INTERFACE -fsanitize=thread)
elseif(MAYFLY_SANITIZE)
  message(FATAL_ERROR "MAYFLY_SANITIZE is '${MAYFLY_SANITIZE}': expected address, thread or nothing")
else()
  # _FORTIFY_SOURCE wants optimisation, and the sanitizers want it absent.
  target_compile_definitions(mayfly_compiler INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2> $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
endif()
if(MAYFLY_SANITIZE)
  target_compile_definitions(mayfly_compiler INTERFACE MAYFLY_SANITIZED)
endif()
if(MAYFLY_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "MAYFLY_FUZZ needs clang: cmake --preset fuzz")
  endif()
  target_compile_options(mayfly_compiler INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(MAYFLY_COVERAGE)
  target_compile_options(mayfly_compiler INTERFACE --coverage)
  target_link_options(mayfly_compiler INTERFACE --coverage)
endif()
