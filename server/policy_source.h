#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/collector.h"
#include "policy/policy_set.h"
#include "server/config.h"
#include "server/route.h"

namespace vdiwatch::server {

// A policy set with the files it was read from, as JSON {name: text}: what history refers to.
struct ReadPolicy {
  policy::PolicySet set;
  std::string text;
};

// The built-in pack, unless it is turned off, and the files of policy_dir. Errors: invalid (with
// every mistake, one a line), not_found, denied.
Result<std::vector<policy::PolicyFile>> ReadPolicyOf(const Config& config);
// The same once two reads in a row agree: files may be replaced meanwhile. Or unavailable.
Result<std::vector<policy::PolicyFile>> ReadSettledPolicyOf(const Config& config);
// Invalid, also without any pack.
Result<ReadPolicy> JudgePolicyFiles(const std::vector<policy::PolicyFile>& files);

// A set that was in force, read anew from its stored files.
Result<ReadPolicy> JudgeStoredSet(const collector::StoredPolicySet& stored);

// What a daemon starts with: the files' policy, or else the stored set that was in force last.
struct FirstPolicy {
  ReadPolicy read;
  std::string seen;     // digest of the files that were looked at; empty: they could not be read
  std::string problem;  // why the files are not in force; empty if they are
};
// Errors: the files', where no good set is stored.
Result<FirstPolicy> FindFirstPolicy(const Config& config, collector::FleetReader& fleet);

// Keeps the collector's policy that of the files: newer ones are put in force if they are good;
// else the last good set stays, and status() says why. Any thread may call.
class PolicySource {
 public:
  // `seen` and `problem` are those of the policy that the collector started with.
  PolicySource(const Config& config, collector::Collector& collector, std::string seen,
               std::string problem, const Clock& clock, Log& log);

  void Refresh();
  PolicyStatus status() const;

 private:
  Result<void> PutInForce(const std::vector<policy::PolicyFile>& files);
  void Note(std::string problem);
  void NoteInForce();  // for the next start; and what will not work as it is meant

  const Config& config_;
  collector::Collector& collector_;
  const Clock& clock_;
  Log& log_;
  std::mutex refreshing_;
  std::string seen_;  // digest of the files looked at last; under refreshing_
  mutable std::mutex mutex_;
  Time loaded_at_;       // under mutex_
  std::string problem_;  // likewise
};

}  // namespace vdiwatch::server
