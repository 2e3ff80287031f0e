# The fuzzers (preset `fuzz`, clang): one program for each *_fuzz.cc, run by tests/fuzz/run. They link
# only what they fuzz, built with the sanitizers that the preset names and with coverage.
file(GLOB fuzzed CONFIGURE_DEPENDS base/*.cc report/*.cc policy/*.cc policy/*.S agent/probe/*.cc)
list(FILTER fuzzed EXCLUDE REGEX "_windows\\.cc$")
add_library(fuzzed STATIC ${fuzzed} agent/evidence.cc agent/evidence_codec.cc
  agent/decisive_readings.cc agent/facts_table.cc agent/places.cc agent/gather/plan.cc agent/gather/imds.cc
  collector/front_head.cc collector/front_hello.cc collector/front_response.cc)
target_compile_options(fuzzed PUBLIC -fsanitize=fuzzer-no-link -Wno-error)
target_link_libraries(fuzzed PUBLIC fmt::fmt nlohmann_json::nlohmann_json yaml-cpp OpenSSL::Crypto
  PkgConfig::re2 Boost::headers Threads::Threads)
add_custom_target(fuzzers)
file(GLOB fuzzers CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cc)
foreach(source ${fuzzers})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE fuzzed)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${name})
endforeach()
