// Any bytes as a policy file: mistakes are told, and a good file can be evaluated.
#include "policy/evaluate.h"
#include "policy/policy_set.h"
#include "tests/fuzz/sound_facts.h"

using namespace vdiwatch;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  policy::LoadedPolicy loaded = policy::LoadPolicy({{"fuzzed.yaml", std::move(text)}});
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    const std::string line = ToString(diagnostic);
    fuzz::Demand(line.find('\n') == line.npos, "a mistake is told in one line");
  }
  if (!loaded.diagnostics.empty()) return 0;
  (void)policy::RunRuleTests(loaded.set);
  const Facts facts = {{"platform.kind", Known("vmware")}, {"platform.role", Known("guest")}};
  policy::Verdict verdict = policy::Evaluate(loaded.set, facts, {}, Time{});
  (void)policy::VerdictToJson(verdict, facts).dump();
  return 0;
}
