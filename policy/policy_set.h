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
#include "policy/waiver.h"

namespace vdiwatch::policy {

// All that is in force at one time: immutable once loaded, shared by threads.
struct PolicySet {
  std::vector<Pack> packs;
  std::vector<PoolSpec> pools;
  std::vector<Waiver> waivers;
  std::string digest;  // DigestText over all files, in the order of their names

  const PoolSpec& PoolNamed(std::string_view name) const;  // defaults if the policy has none
  const Rule* FindRule(std::string_view id) const;
  bool MatchesPools() const;  // whether any pool has a `match`
};

struct PolicyFile {
  std::string name;  // as printed in diagnostics
  std::string text;
};

// What came of reading files: the set is good only if there are no diagnostics.
struct LoadedPolicy {
  PolicySet set;
  std::vector<Diagnostic> diagnostics;  // every mistake, by file, line and column
  std::vector<Diagnostic> remarks;      // what has no effect, or not the one that was meant
};

// Pure: text in, model out. A file holds documents of kind `pack:`, `pools:` or
// `waivers:`; a *.csv is a list of host names that a pool of a file beside it may name.
LoadedPolicy LoadPolicy(const std::vector<PolicyFile>& files);

// What `policy lint` says at this time: the mistakes, and what else is wrong with a set that the
// daemon would take, such as expired waivers. Ordered by file, line and column.
std::vector<Diagnostic> LintPolicy(const LoadedPolicy& loaded, Time at);

// The *.yaml, *.yml and *.csv files of a directory (or the one file), sorted by name. Errors name
// the file: not_found (also one that vanished meanwhile), denied, invalid (too large, no file at
// all).
Result<std::vector<PolicyFile>> ReadPolicyFiles(const std::string& path);

// The pack that encodes Docker's page, as built into every program.
PolicyFile BuiltInPack();

// "file:line:col: message" lines, one Invalid error; or the set.
Result<PolicySet> RequireGood(LoadedPolicy loaded);
// The same of a set that is to judge: one without any rule would call every desktop fine.
Result<PolicySet> RequireRules(LoadedPolicy loaded);

}  // namespace vdiwatch::policy
