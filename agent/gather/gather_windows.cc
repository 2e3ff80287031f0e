#include <chrono>

#include "agent/gather/cpuid.h"
#include "agent/gather/files_windows.h"
#include "agent/gather/imds.h"
#include "agent/gather/plan.h"
#include "agent/gather/processes_windows.h"
#include "agent/gather/registry_windows.h"
#include "agent/gather/services_windows.h"
#include "agent/gather/system_windows.h"
#include "agent/gather/terms_windows.h"
#include "agent/gather/users_windows.h"
#include "agent/gather/wmi_windows.h"
#include "agent/probe/board.h"
#include "agent/probe/smbios.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kWmiPatience{20};  // for all questions together

constexpr std::string_view kHives = "HKU\\*\\";
constexpr std::string_view kHomes = "C:\\Users\\*\\";
constexpr std::string_view kWritten = "#written";

// What the facts need of each planned class; the rest may name people.
WmiQuestion QuestionOf(std::string_view name_space, std::string_view class_name) {
  WmiQuestion question{std::string(name_space), std::string(class_name), {}};
  if (class_name == "Citrix_VirtualDesktopInfo") {
    question.columns = {"OSChangesPersist", "ProvisioningType", "DesktopGroupName",
                        "DesktopCatalogName"};
  } else if (class_name == "UWF_Filter") {
    question.columns = {"CurrentEnabled"};
  } else if (class_name == "UWF_Volume") {
    question.columns = {"CurrentSession", "DriveLetter", "Protected"};
  }
  return question;
}

bool IsOurs(const PlanItem& item) { return item.os == "windows" || item.os == "any"; }

// Reads one kind of planned items.
struct Machine {
  Users users = Users::Meet();
  ServiceManager services;
  Evidence evidence;

  void Put(std::string locator, Reading reading) {
    evidence.items.insert_or_assign(std::move(locator), std::move(reading));
  }
};

bool IsAbsent(const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  return missing && missing->why == Missing::kAbsent;
}

// What a template found, up to its limit; `why_none` is what stands for nobody.
class Matches {
 public:
  Matches(Machine& machine, const PlanItem& item) : machine_(machine), item_(item) {}

  void Add(std::string locator, Reading reading) {
    if (IsAbsent(reading)) return;
    if (++count_ <= item_.max_matches) machine_.Put(std::move(locator), std::move(reading));
  }
  void Close(const std::optional<MissingReading>& trouble, std::string_view none) {
    if (count_ > item_.max_matches) {
      machine_.Put(std::string(item_.locator), MissingReading{Missing::kFailed, "there are more"});
    } else if (trouble && trouble->why != Missing::kAbsent) {
      machine_.Put(std::string(item_.locator), *trouble);
    } else if (count_ == 0) {
      machine_.Put(std::string(item_.locator), MissingReading{Missing::kAbsent, std::string(none)});
    }
  }

 private:
  Machine& machine_;
  const PlanItem& item_;
  std::size_t count_ = 0;
};

// One user's key, and each of its subkeys where the template holds a second '*'; those are
// numbered.
void ReadHive(const User& user, std::string_view rest, const PlanItem& item, Matches& matches) {
  const std::string hive = "HKU\\" + user.sid + "\\";
  const std::string recorded = "registry:HKU\\" + std::to_string(user.number) + "\\";
  const std::size_t star = rest.find('*');
  if (star == std::string_view::npos) {
    return matches.Add(recorded + std::string(rest),
                       ReadRegistry(hive + std::string(rest), item.max_bytes));
  }
  const std::string before(rest.substr(0, star)), after(rest.substr(star + 1));
  Reading reading = ReadSubkeys(hive + before.substr(0, before.size() - 1), item.max_matches);
  const auto* keys = std::get_if<KeysReading>(&reading);
  if (!keys) return matches.Add(recorded + std::string(rest), std::move(reading));
  for (std::size_t i = 0; i < keys->keys.size(); ++i) {
    matches.Add(recorded + before + std::to_string(i + 1) + after,
                ReadRegistry(hive + before + keys->keys[i] + after, item.max_bytes));
  }
}

void ReadHives(Machine& machine, const PlanItem& item, std::string_view place) {
  Matches matches(machine, item);
  for (const User& user : machine.users.all()) {
    if (user.hive_loaded) ReadHive(user, place.substr(kHives.size()), item, matches);
  }
  matches.Close(machine.users.no_hives(), "in no loaded hive");
}

// A profile may lie on another drive: it is recorded as if it did not.
void ReadHomes(Machine& machine, const PlanItem& item, std::string_view path, bool presence) {
  const std::string rest(path.substr(kHomes.size()));
  const std::string scheme = presence ? "path:" : "file:";
  Matches matches(machine, item);
  for (const User& user : machine.users.all()) {
    if (user.folder.empty()) continue;
    matches.Add(scheme + "C:\\Users\\" + std::to_string(user.number) + "\\" + rest,
                presence ? ReadPresenceWithin(user.folder, Wide(rest))
                         : ReadTextFileWithin(user.folder, Wide(rest), item.max_bytes));
  }
  matches.Close(machine.users.no_profiles(), "in no profile");
}

void GatherFile(Machine& machine, const PlanItem& item, std::string_view path, bool presence) {
  if (path.starts_with(kHomes)) return ReadHomes(machine, item, path, presence);
  std::string locator(item.locator);
  if (presence) return machine.Put(locator, ReadPresence(Wide(path)));
  if (path.ends_with(kWritten)) {
    path.remove_suffix(kWritten.size());
    return machine.Put(locator, ReadWritten(Wide(path)));
  }
  machine.Put(locator, ReadTextFile(Wide(path), item.max_bytes));
}

// All but what WMI, the processor and the network tell.
void GatherItem(Machine& machine, const PlanItem& item) {
  const std::size_t colon = std::min(item.locator.find(':'), item.locator.size());
  std::string_view scheme = item.locator.substr(0, colon);
  std::string_view rest = item.locator.substr(std::min(colon + 1, item.locator.size()));
  std::string locator(item.locator);
  if (scheme == "smbios") {
    machine.Put(locator, ReadFirmware(item.max_bytes));
  } else if (scheme == "registry") {
    if (rest.starts_with(kHives)) return ReadHives(machine, item, rest);
    machine.Put(locator, ReadRegistry(rest, item.max_bytes));
  } else if (scheme == "service") {
    machine.Put(locator, machine.services.Read(rest));
  } else if (scheme == "api") {
    machine.Put(locator, ReadApi(rest));
  } else if (scheme == "processes") {
    machine.Put(locator, ReadProcesses(machine.users));
  } else if (scheme == "sessions") {
    machine.Put(locator, ReadSessions());
  } else if (scheme == "file" || scheme == "path") {
    GatherFile(machine, item, rest, scheme == "path");
  }
}

// What was asked of WMI before the rest is read, so that both take their time at once.
struct WmiWork {
  std::vector<std::pair<std::string, WmiAnswer>> rows;  // by locator
  WmiAnswer features = WmiAnswer::To(AllFeatures());
  steady_clock::time_point deadline = steady_clock::now() + kWmiPatience;
};

WmiWork AskWmi() {
  WmiWork work;
  for (const PlanItem& item : Plan()) {
    constexpr std::string_view kScheme = "wmi:";
    if (!IsOurs(item) || !item.locator.starts_with(kScheme)) continue;
    std::string_view place = item.locator.substr(kScheme.size());
    const std::size_t colon = place.find(':');
    WmiQuestion question = QuestionOf(place.substr(0, colon), place.substr(colon + 1));
    question.max_bytes = item.max_bytes;
    work.rows.emplace_back(item.locator, WmiAnswer::To(std::move(question)));
  }
  return work;
}

void TakeFromWmi(Machine& machine, WmiWork& work) {
  for (auto& [locator, answer] : work.rows) machine.Put(locator, answer.Take(work.deadline));
  constexpr std::string_view kScheme = "feature:";
  const Reading features = work.features.Take(work.deadline);
  for (const PlanItem& item : Plan()) {
    if (!IsOurs(item) || !item.locator.starts_with(kScheme)) continue;
    machine.Put(std::string(item.locator),
                FeatureState(features, item.locator.substr(kScheme.size())));
  }
}

// A machine that the firmware does not call Azure's is never asked.
Reading AzureMetadata(const Machine& machine) {
  const Evidence decoded = WithDecodedSmbios(machine.evidence);
  const auto* tag = std::get_if<TextReading>(&decoded.At("smbios:chassis.asset_tag"));
  if (tag && Trim(tag->text) == kAzureTag) return ReadAzureMetadata();
  return MissingReading{Missing::kAbsent, "the firmware does not name Azure"};
}

}  // namespace

// Windows has no folder that could stand for all of a machine.
Evidence Gather(const std::string&) {
  WmiWork wmi = AskWmi();
  Machine machine;
  machine.evidence.os = "windows";
  machine.evidence.collected_at =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  machine.evidence.provenance = "recorded by vdiwatch-agent " VDIWATCH_VERSION;
  GatherCpuid(machine.evidence);
  for (const PlanItem& item : Plan()) {
    if (IsOurs(item)) GatherItem(machine, item);
  }
  machine.Put("imds:azure/instance", AzureMetadata(machine));
  TakeFromWmi(machine, wmi);
  return std::move(machine.evidence);
}

}  // namespace vdiwatch::agent
