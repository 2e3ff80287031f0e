#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "policy/pool.h"
#include "policy/rule.h"

namespace vdiwatch::policy {

// All that is in force at one time: immutable once loaded, shared by threads.
struct PolicySet {
  std::vector<Pack> packs;
  std::vector<PoolSpec> pools;
  std::string digest;  // DigestText over all files, in the order of their names

  const PoolSpec& PoolNamed(std::string_view name) const;  // defaults if the policy has none
  const Rule* FindRule(std::string_view id) const;
};

struct PolicyFile {
  std::string name;  // as printed in diagnostics
  std::string text;
};

// What came of reading files: the set is good only if there are no diagnostics.
struct LoadedPolicy {
  PolicySet set;
  std::vector<Diagnostic> diagnostics;  // every mistake, by file, line and column
};

// Pure: text in, model out. A file holds documents of kind `pack:` or `pools:`.
LoadedPolicy LoadPolicy(const std::vector<PolicyFile>& files);

// The *.yaml and *.yml files of a directory (or the one file), sorted by name.
Result<std::vector<PolicyFile>> ReadPolicyFiles(const std::string& path);

// The pack that encodes Docker's page, as built into every program.
PolicyFile BuiltInPack();

// "file:line:col: message" lines, one Invalid error; or the set.
Result<PolicySet> RequireGood(LoadedPolicy loaded);

}  // namespace vdiwatch::policy
