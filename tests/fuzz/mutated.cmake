# The fuzzers without clang: each *_fuzz.cc over its seeds, and over mutations that are the same in
# every run. The seeds are made once, before them.
add_test(NAME ${VDIWATCH_TEST_PREFIX}fuzz/seeds
  COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/seeds ${CMAKE_BINARY_DIR}/seeds)
set_tests_properties(${VDIWATCH_TEST_PREFIX}fuzz/seeds PROPERTIES
  FIXTURES_SETUP ${VDIWATCH_TEST_PREFIX}seeds TIMEOUT 300)
file(GLOB mutated CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cc)
foreach(source ${mutated})
  get_filename_component(name ${source} NAME_WE)
  string(REPLACE "_fuzz" "" subject ${name})
  add_executable(${subject}_mutated ${source} tests/fuzz/mutate_main.cc)
  target_link_libraries(${subject}_mutated PRIVATE agent policy collector)
  add_test(NAME ${VDIWATCH_TEST_PREFIX}fuzz/${subject}
    COMMAND ${subject}_mutated ${CMAKE_BINARY_DIR}/seeds/${subject})
  set_tests_properties(${VDIWATCH_TEST_PREFIX}fuzz/${subject} PROPERTIES
    FIXTURES_REQUIRED ${VDIWATCH_TEST_PREFIX}seeds TIMEOUT 300)
endforeach()
