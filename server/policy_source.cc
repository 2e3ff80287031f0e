#include "server/policy_source.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/file_name.h"

namespace vdiwatch::server {
namespace {

// Text that tells any two sets of files apart, by their base names where those differ; a file that
// is not UTF-8 is refused before.
std::string FilesText(const std::vector<policy::PolicyFile>& files) {
  Json json = Json::object();
  for (const policy::PolicyFile& file : files) {
    std::string name(policy::BaseName(file.name));
    if (json.contains(name)) name = file.name;
    json[name] = file.text;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The digest of the set in force. The store tells only when a set came into force first.
std::filesystem::path InForceFile(const Config& config) {
  return config.data_dir / "policy-in-force";
}

// The one in force last, else the newest: a store may have moved without the file.
Result<ReadPolicy> LastGood(const Config& config, collector::FleetReader& fleet) {
  constexpr std::size_t kMaxDigestBytes = 200;
  if (const auto digest = ReadFile(InForceFile(config), kMaxDigestBytes)) {
    const auto stored = fleet.PolicySetByDigest(Trim(*digest));
    if (stored) return JudgeStoredSet(*stored);
  }
  ASSIGN_OR_RETURN(const auto newest, fleet.PolicySets(1));
  if (newest.empty()) return NotFound("no policy set is stored");
  ASSIGN_OR_RETURN(const auto stored, fleet.PolicySetByDigest(newest.front().digest));
  return JudgeStoredSet(stored);
}

}  // namespace

Result<std::vector<policy::PolicyFile>> ReadPolicyOf(const Config& config) {
  std::vector<policy::PolicyFile> files;
  if (config.built_in_pack) files.push_back(policy::BuiltInPack());
  if (!config.policy_dir.empty()) {
    ASSIGN_OR_RETURN(auto more, policy::ReadPolicyFiles(config.policy_dir.string()));
    for (policy::PolicyFile& file : more) files.push_back(std::move(file));
  }
  return files;
}

Result<std::vector<policy::PolicyFile>> ReadSettledPolicyOf(const Config& config) {
  constexpr int kReads = 4;
  auto before = ReadPolicyOf(config);
  for (int read = 1; read < kReads; ++read) {
    auto files = ReadPolicyOf(config);
    bool same = before && files && FilesText(*before) == FilesText(*files);
    bool fails_alike = !before && !files && before.error().message == files.error().message;
    if (same || fails_alike) return files;
    before = std::move(files);
  }
  return Unavailable(
      fmt::format("the files in {} change while they are read", config.policy_dir.string()));
}

Result<ReadPolicy> JudgePolicyFiles(const std::vector<policy::PolicyFile>& files) {
  // Without rules: as of a directory that is not mounted yet.
  ASSIGN_OR_RETURN(auto set, policy::RequireRules(policy::LoadPolicy(files)));
  return ReadPolicy{std::move(set), FilesText(files)};
}

Result<ReadPolicy> JudgeStoredSet(const collector::StoredPolicySet& stored) {
  constexpr std::size_t kMaxStoredBytes = 64 << 20;
  ASSIGN_OR_RETURN(const Json files,
                   ParseJson(stored.files, "the stored set", {kMaxStoredBytes, 4}));
  std::vector<policy::PolicyFile> read;
  for (const auto& [name, text] : files.items()) {
    if (text.is_string()) read.push_back({name, text.get<std::string>()});
  }
  return JudgePolicyFiles(read);
}

Result<FirstPolicy> FindFirstPolicy(const Config& config, collector::FleetReader& fleet) {
  const auto files = ReadSettledPolicyOf(config);
  const std::string seen = files ? Sha256(FilesText(*files)) : "";
  auto read = files ? JudgePolicyFiles(*files) : Result<ReadPolicy>(files.error());
  if (read) return FirstPolicy{std::move(*read), seen, ""};
  auto last = LastGood(config, fleet);
  if (!last) return read.error();
  return FirstPolicy{std::move(*last), seen, read.error().message};
}

PolicySource::PolicySource(const Config& config, collector::Collector& collector, std::string seen,
                           std::string problem, const Clock& clock, Log& log)
    : config_(config),
      collector_(collector),
      clock_(clock),
      log_(log),
      seen_(std::move(seen)),
      loaded_at_(clock.Now()) {
  NoteInForce();
  Note(std::move(problem));
}

void PolicySource::Refresh() {
  const std::lock_guard lock(refreshing_);
  const auto files = ReadSettledPolicyOf(config_);
  if (!files) {
    seen_.clear();  // whatever is readable next is new
    return Note(files.error().message);
  }
  const std::string digest = Sha256(FilesText(*files));
  if (digest == seen_) return;
  const auto done = PutInForce(*files);
  // A store that does not answer now may at the next look; files that are bad stay so.
  seen_ = done || done.error().kind == ErrorKind::kInvalid ? digest : "";
  Note(done ? "" : done.error().message);
}

Result<void> PolicySource::PutInForce(const std::vector<policy::PolicyFile>& files) {
  ASSIGN_OR_RETURN(ReadPolicy read, JudgePolicyFiles(files));
  const std::string digest = read.set.digest;
  RETURN_IF_ERROR(collector_.SetPolicy(std::move(read.set), std::move(read.text)));
  log_.Info("policy {} is in force", digest);
  NoteInForce();
  const std::lock_guard lock(mutex_);
  loaded_at_ = clock_.Now();
  return {};
}

void PolicySource::NoteInForce() {
  const auto set = collector_.policy();
  const auto written = WriteFile(InForceFile(config_), set->digest + "\n", FileMode::kPublic);
  if (!written) log_.Warning("{}", written.error().message);
  for (const policy::PoolSpec& pool : set->pools) {
    if (pool.stale_after >= config_.agents.check_in_every) continue;
    log_.Warning(
        "pool {}: stale_after ({} s) is shorter than agents.check_in_every ({} s): its "
        "desktops turn stale between two check-ins",
        Printable(pool.name, 80), pool.stale_after.count(), config_.agents.check_in_every.count());
  }
}

void PolicySource::Note(std::string problem) {
  const std::lock_guard lock(mutex_);
  if (!problem.empty() && problem != problem_) {
    log_.Error("the last good policy stays in force: {}", problem);
  }
  problem_ = std::move(problem);
}

PolicyStatus PolicySource::status() const {
  const std::lock_guard lock(mutex_);
  return {collector_.policy(), loaded_at_, problem_};
}

}  // namespace vdiwatch::server
