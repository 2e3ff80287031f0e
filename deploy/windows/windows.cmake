# What only the Windows programs have: their resources, their hardening, and tests under Wine.

find_program(WINDMC x86_64-w64-mingw32-windmc REQUIRED)
set(messages ${CMAKE_BINARY_DIR}/messages)
file(MAKE_DIRECTORY ${messages})
add_custom_command(OUTPUT ${messages}/messages.rc ${messages}/messages.h
  COMMAND ${WINDMC} -b -h ${messages} -r ${messages} ${CMAKE_SOURCE_DIR}/agent/messages.mc
  DEPENDS ${CMAKE_SOURCE_DIR}/agent/messages.mc)

# Version and manifest, and how the program is linked.
function(vdiwatch_resources program description kind)
  set(program ${program})
  string(REPLACE . , numbers ${PROJECT_VERSION})
  configure_file(${CMAKE_SOURCE_DIR}/deploy/windows/program.manifest.in
    ${CMAKE_BINARY_DIR}/${program}.manifest @ONLY)
  configure_file(${CMAKE_SOURCE_DIR}/deploy/windows/program.rc.in
    ${CMAKE_BINARY_DIR}/${program}.rc @ONLY)
  target_sources(${program} PRIVATE ${CMAKE_BINARY_DIR}/${program}.rc)
  # Address space randomisation over 64 bits and no executable data are said here, though binutils
  # does both by default. GCC has no Control Flow Guard.
  target_link_options(${program} PRIVATE -Wl,--dynamicbase,--high-entropy-va,--nxcompat,--no-insert-timestamp -s)
endfunction()
enable_language(RC)
vdiwatch_resources(vdiwatch-agent "vdiwatch agent" exe)
vdiwatch_resources(vdiwatch-check "vdiwatch check" exe)
target_sources(vdiwatch-agent PRIVATE ${messages}/messages.rc)
# What the MSI runs inside Windows Installer; it stands alone.
add_library(vdiwatch-setup MODULE deploy/windows/msi/actions.cc)
set_target_properties(vdiwatch-setup PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
target_compile_options(vdiwatch-setup PRIVATE -fno-exceptions -fno-rtti)
target_link_options(vdiwatch-setup PRIVATE -static)  # the toolchain says so of programs alone
target_link_libraries(vdiwatch-setup PRIVATE msi)
vdiwatch_resources(vdiwatch-setup "vdiwatch setup" dll)
# FindOpenSSL does not tell what its libraries need here.
set_property(TARGET OpenSSL::Crypto APPEND PROPERTY INTERFACE_LINK_LIBRARIES ws2_32 crypt32)
# At -Os, GCC 12 sees an empty std::optional read where it is not (its bug 80635).
set_property(SOURCE agent/proxy.cc APPEND PROPERTY COMPILE_OPTIONS -Wno-maybe-uninitialized)
target_sources(agent PRIVATE ${messages}/messages.h)
target_include_directories(agent PUBLIC ${messages})
# Import libraries: what nothing calls is not imported.
target_link_libraries(agent PUBLIC bcrypt crypt32 iphlpapi netapi32 ntdll ole32 oleaut32 wbemuuid
  winhttp ws2_32 wtsapi32)

# --- The tests: those of the portable parts and of the Windows files, a Wine for each program -------
if(VDIWATCH_TESTS)
  find_package(GTest REQUIRED)
  enable_testing()
  # Each entry is a program's run in a Wine of its own, since starting Wine takes longer than a test.
  function(vdiwatch_windows_tests folder)
    file(GLOB sources CONFIGURE_DEPENDS tests/${folder}/*.cc)
    list(FILTER sources EXCLUDE REGEX "${other_systems}")
    # What POSIX alone has: sockets of the test's own, symbolic links, modes.
    list(FILTER sources EXCLUDE REGEX "(base/file|policy/policy_files|agent/(gather|imds))_test\\.cc$")
    add_executable(${folder}_tests ${sources})
    target_link_libraries(${folder}_tests PRIVATE ${ARGN} GTest::gtest GTest::gtest_main)
    target_compile_definitions(${folder}_tests PRIVATE VDIWATCH_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
      VDIWATCH_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
    add_test(NAME windows/${folder}
      COMMAND ${CMAKE_SOURCE_DIR}/tests/windows/in_wine $<TARGET_FILE:${folder}_tests> --gtest_brief=1)
    set_tests_properties(windows/${folder} PROPERTIES TIMEOUT 600)
  endfunction()
  vdiwatch_windows_tests(base base)
  vdiwatch_windows_tests(report report)
  vdiwatch_windows_tests(policy policy)
  vdiwatch_windows_tests(agent agent policy)
  vdiwatch_windows_tests(agent_windows agent)
  # The end-to-end tests run the programs beside the daemon of the release build.
  file(GLOB scripts CONFIGURE_DEPENDS tests/windows/*_test)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME)
    string(REGEX REPLACE "_test$" "" name ${name})
    add_test(NAME windows/${name} COMMAND ${script} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
    set_tests_properties(windows/${name} PROPERTIES TIMEOUT 600)
  endforeach()
endif()
