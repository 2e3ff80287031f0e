#include "server/policy_source.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
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
  ASSIGN_OR_RETURN(auto set, policy::RequireGood(policy::LoadPolicy(files)));
  // As of a directory that is not mounted yet: it would call every desktop fine.
  if (set.packs.empty()) return Invalid("no policy file has a pack: there would be no rule at all");
  return ReadPolicy{std::move(set), FilesText(files)};
}

PolicySource::PolicySource(const Config& config, collector::Collector& collector,
                           const std::vector<policy::PolicyFile>& files, const Clock& clock,
                           Log& log)
    : config_(config),
      collector_(collector),
      clock_(clock),
      log_(log),
      seen_(Sha256(FilesText(files))),
      loaded_at_(clock.Now()) {}

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
  const std::lock_guard lock(mutex_);
  loaded_at_ = clock_.Now();
  return {};
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
