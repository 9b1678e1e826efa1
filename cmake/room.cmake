# SPDX-License-Identifier: Apache-2.0
# room(NAME USES lower rooms... LINKS libraries...)
# Every .cpp below the folder belongs to the room. x_test.cpp goes into the room's test program,
# x_fuzz.cpp becomes a fuzz target, x_bench.cpp a benchmark: nothing needs to be registered.
add_library(test_main OBJECT ${CMAKE_SOURCE_DIR}/cmake/test_main.cpp)

# fuzz_targets(LIBRARY FILES...): a libFuzzer program for each file, under the preset asan; their names are in fuzz_targets then.
function(fuzz_targets library)
  set(made)
  if(ANDIRON_SANITIZE)
    foreach(fuzzer ${ARGN})
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${target} ${fuzzer})
      list(APPEND made ${target})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${target} PRIVATE ${library})
      target_compile_definitions(${target} PRIVATE
        ANDIRON_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ANDIRON_BINARY_DIR="${CMAKE_BINARY_DIR}"
        ANDIRON_PACKAGES="${ANDIRON_PACKAGES}")
    endforeach()
  endif()
  set(fuzz_targets ${made} PARENT_SCOPE)
endfunction()

function(room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  set(benches ${all})
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cpp$")

  set(made)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${ROOM_USES} fmt::fmt Threads::Threads PRIVATE ${ROOM_LINKS})

  if(tests)
    add_executable(${name}_test ${tests} $<TARGET_OBJECTS:test_main>)
    target_link_libraries(${name}_test PRIVATE ${name})
    # A test's own code is built as it stands: half the time to compile, and what it tests is optimized as ever.
    target_compile_options(${name}_test PRIVATE -O0 -U_FORTIFY_SOURCE)
    # clang finds a function of doctest's unused in a suite whose cases are written elsewhere.
    target_compile_options(${name}_test PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Wno-unused-function>)
    target_compile_definitions(${name}_test PRIVATE
      ANDIRON_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ANDIRON_BINARY_DIR="${CMAKE_BINARY_DIR}"
      ANDIRON_PACKAGES="${ANDIRON_PACKAGES}")
    list(APPEND made ${name}_test)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES LABELS fast)
  endif()
  foreach(bench ${benches})
    get_filename_component(target ${bench} NAME_WE)
    add_executable(${target} EXCLUDE_FROM_ALL ${bench})
    list(APPEND made ${target})
    target_link_libraries(${target} PRIVATE ${name})
    target_compile_definitions(${target} PRIVATE
      ANDIRON_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ANDIRON_BINARY_DIR="${CMAKE_BINARY_DIR}"
      ANDIRON_PACKAGES="${ANDIRON_PACKAGES}")
  endforeach()
  fuzz_targets(${name} ${fuzzers})
  list(APPEND made ${fuzz_targets})
  if(TARGET definitions)  # rooms above fhir open the packed definitions; profiles/CMakeLists.txt sees to fhir's own
    foreach(target ${made})
      add_dependencies(${target} definitions)
    endforeach()
  endif()
endfunction()
