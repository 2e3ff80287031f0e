#include "tests/agent/corpus.h"

#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::abort();
}

std::vector<Machine> ReadCorpus() {
  std::vector<Machine> machines;
  for (std::string_view name : {"recorded.jsonl", "synthetic.jsonl"}) {
    std::string path = std::string(VDIWATCH_SOURCE_DIR) + "/tests/evidence/" + std::string(name);
    auto text = ReadFile(path, 16 << 20);
    if (!text) Die(text.error().message);
    for (std::string_view line : Split(*text, '\n')) {
      if (Trim(line).empty()) continue;
      auto json = ParseJson(line, name, {.max_bytes = 4 << 20});
      if (!json) Die(json.error().message);
      machines.push_back(
          {(*json)["id"], (*json)["evidence"].dump(), (*json)["expect"], name == "recorded.jsonl"});
    }
  }
  return machines;
}

}  // namespace

const std::vector<Machine>& Corpus() {
  static const auto* const kMachines = new std::vector<Machine>(ReadCorpus());
  return *kMachines;
}

}  // namespace vdiwatch::agent
