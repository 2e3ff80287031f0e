#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>

#include "agent/gather/cpuid.h"
#include "agent/gather/imds.h"
#include "agent/gather/plan.h"
#include "agent/gather/processes.h"
#include "agent/gather/read_posix.h"
#include "agent/probe/board.h"
#include "agent/probe/smbios.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Where the kernel keeps what the evidence calls by other names.
constexpr std::pair<std::string_view, std::string_view> kDmiFiles[] = {
    {"bios.vendor", "bios_vendor"},
    {"bios.version", "bios_version"},
    {"system.manufacturer", "sys_vendor"},
    {"system.product", "product_name"},
    {"system.version", "product_version"},
    {"system.family", "product_family"},
    {"system.sku", "product_sku"},
    {"system.uuid", "product_uuid"},
    {"baseboard.manufacturer", "board_vendor"},
    {"baseboard.product", "board_name"},
    {"chassis.manufacturer", "chassis_vendor"},
    {"chassis.asset_tag", "chassis_asset_tag"},
};

// Reads one kind of planned items. `root` ends without a slash.
struct Machine {
  std::string root;
  Evidence evidence;

  void Put(std::string locator, Reading reading) {
    evidence.items.insert_or_assign(std::move(locator), std::move(reading));
  }
};

Reading ReadDmi(const Machine& machine, const PlanItem& item, std::string_view name) {
  if (name == "raw") {
    Reading raw = ReadBytesFile(machine.root + "/sys/firmware/dmi/tables/DMI", item.max_bytes);
    if (auto* bytes = std::get_if<BytesReading>(&raw)) bytes->bytes = WithoutSerials(bytes->bytes);
    return raw;
  }
  for (auto [field, file] : kDmiFiles) {
    if (field != name) continue;
    return ReadTextFile(machine.root + "/sys/class/dmi/id/" + std::string(file), item.max_bytes);
  }
  return MissingReading{};
}

// The table of all processors is long: the first says what the facts need.
Reading ReadFirstCpu(const std::string& path, std::size_t max_bytes) {
  Reading reading = ReadTextFile(path, 4 << 20);
  auto* text = std::get_if<TextReading>(&reading);
  if (!text) return reading;
  text->text.resize(std::min({text->text.find("\n\n"), text->text.size(), max_bytes}));
  return reading;
}

// A service of systemd runs while its control group is there.
Reading ReadService(const Machine& machine, std::string_view name) {
  std::string unit = std::string(name) + ".service";
  for (const char* groups :
       {"/sys/fs/cgroup/system.slice/", "/sys/fs/cgroup/systemd/system.slice/"}) {
    Reading group = ReadPresence(machine.root + groups + unit);
    if (std::holds_alternative<StateReading>(group)) return StateReading{"running", ""};
  }
  for (const char* units :
       {"/etc/systemd/system/", "/lib/systemd/system/", "/usr/lib/systemd/system/"}) {
    Reading file = ReadPresence(machine.root + units + unit);
    if (std::holds_alternative<StateReading>(file)) return StateReading{"stopped", ""};
  }
  return MissingReading{Missing::kAbsent, "no such unit"};
}

// The type of the last file system mounted over "/".
Reading ReadRootFilesystem(const Machine& machine) {
  Reading mounts = ReadTextFile(machine.root + "/proc/self/mounts", 1 << 20);
  const auto* text = std::get_if<TextReading>(&mounts);
  if (!text) return mounts;
  std::string type;
  for (std::string_view line : Split(text->text, '\n')) {
    auto words = Split(line, ' ');
    if (words.size() >= 3 && words[1] == "/") type = words[2];
  }
  // From inside a chroot the mount of its root is not to be seen.
  if (type.empty()) return MissingReading{Missing::kNotGathered, "no root among the mounts"};
  return TextReading{type};
}

Reading ReadMemoryBlocks(const Machine& machine) {
  Reading folder = ReadFolder(machine.root + "/sys/devices/system/memory", 1 << 20);
  const auto* names = std::get_if<KeysReading>(&folder);
  if (!names) return folder;
  return NumberReading{std::ranges::count_if(names->keys, [](std::string_view name) {
    return name.starts_with("memory") && ParseInteger(name.substr(6));
  })};
}

Reading ReadApi(const Machine& machine, std::string_view name) {
  if (name == "root_filesystem") return ReadRootFilesystem(machine);
  if (name == "memory_blocks") return ReadMemoryBlocks(machine);
  if (name == "logical_processors") return NumberReading{::sysconf(_SC_NPROCESSORS_ONLN)};
  return MissingReading{};
}

// The version of one package in dpkg's database; not asked where the product's folder is missing.
Reading ReadPackage(const Machine& machine, std::string_view name) {
  Reading folder = ReadPresence(machine.root + "/opt/" + std::string(name));
  if (!std::holds_alternative<StateReading>(folder)) return folder;
  Reading status = ReadTextFile(machine.root + "/var/lib/dpkg/status", 32 << 20);
  const auto* text = std::get_if<TextReading>(&status);
  if (!text) return MissingReading{Missing::kNotGathered, "no dpkg here"};
  const std::string first_line = "Package: " + std::string(name) + "\n";
  std::size_t at = text->text.starts_with(first_line) ? 0 : text->text.find("\n" + first_line);
  if (at == std::string::npos) return MissingReading{Missing::kAbsent, "not a package of dpkg"};
  std::string_view entry = std::string_view(text->text).substr(at);
  entry = entry.substr(0, entry.find("\n\n"));
  for (std::string_view line : Split(entry, '\n')) {
    if (line.starts_with("Version: ")) return TextReading{std::string(Trim(line.substr(9)))};
  }
  return MissingReading{Missing::kFailed, "the package has no version"};
}

Reading ReadByScheme(const Machine& machine, const PlanItem& item, std::string_view path,
                     bool presence) {
  std::string full = machine.root + std::string(path);
  if (presence) return ReadPresence(full);
  if (path == "/proc/cpuinfo") return ReadFirstCpu(full, item.max_bytes);
  return ReadTextFile(full, item.max_bytes);
}

// "/home/*/…": each home is a number, in the order of the folder, so that no name is recorded.
void ReadHomes(Machine& machine, const PlanItem& item, std::string_view scheme, bool presence) {
  constexpr std::string_view kHomes = "/home/";
  std::string_view rest = item.locator.substr(scheme.size() + kHomes.size() + 1);
  Reading homes = ReadFolder(machine.root + "/home", item.max_matches);
  const auto* names = std::get_if<KeysReading>(&homes);
  bool any = false;
  for (std::size_t i = 0; names && i < names->keys.size(); ++i) {
    const std::string home = machine.root + std::string(kHomes) + names->keys[i];
    const std::string path = home + std::string(rest);
    Reading reading =
        presence ? ReadPresenceWithin(home, path) : ReadTextFileWithin(home, path, item.max_bytes);
    const auto* missing = std::get_if<MissingReading>(&reading);
    if (missing && missing->why == Missing::kAbsent) continue;
    any = true;
    machine.Put(
        std::string(scheme) + std::string(kHomes) + std::to_string(i + 1) + std::string(rest),
        std::move(reading));
  }
  if (any) return;
  bool read = names || std::get<MissingReading>(homes).why == Missing::kAbsent;
  machine.Put(std::string(item.locator),
              read ? Reading(MissingReading{Missing::kAbsent, "in no home"}) : homes);
}

void GatherItem(Machine& machine, const PlanItem& item) {
  std::size_t colon = item.locator.find(':');
  std::string_view scheme = item.locator.substr(0, std::min(colon, item.locator.size()));
  std::string_view rest = colon == std::string_view::npos ? "" : item.locator.substr(colon + 1);
  std::string locator(item.locator);
  if (scheme == "smbios") {
    machine.Put(locator, ReadDmi(machine, item, rest));
  } else if (scheme == "service") {
    machine.Put(locator, ReadService(machine, rest));
  } else if (scheme == "api") {
    machine.Put(locator, ReadApi(machine, rest));
  } else if (scheme == "package") {
    machine.Put(locator, ReadPackage(machine, rest));
  } else if (scheme == "processes") {
    machine.Put(locator, ReadProcesses(machine.root + "/proc"));
  } else if (scheme == "file" || scheme == "path") {
    bool presence = scheme == "path";
    if (rest.find('*') != std::string_view::npos) {
      return ReadHomes(machine, item, presence ? "path:" : "file:", presence);
    }
    machine.Put(locator, ReadByScheme(machine, item, rest, presence));
  }
}

// A machine that the firmware does not call Azure's is never asked.
Reading AzureMetadata(const Machine& machine) {
  const auto* tag = std::get_if<TextReading>(&machine.evidence.At("smbios:chassis.asset_tag"));
  if (!tag || Trim(tag->text) != kAzureTag) {
    return MissingReading{Missing::kAbsent, "the firmware does not name Azure"};
  }
  return machine.root.empty() ? ReadAzureMetadata() : Reading(MissingReading{});
}

}  // namespace

Evidence Gather(const std::string& root) {
  Machine machine;
  machine.root = root.ends_with('/') ? root.substr(0, root.size() - 1) : root;
  machine.evidence.os = "linux";
  machine.evidence.collected_at =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  machine.evidence.provenance = "recorded by vdiwatch-agent " VDIWATCH_VERSION;
  GatherCpuid(machine.evidence);
  for (const PlanItem& item : Plan()) {
    if (item.os == "linux" || item.os == "any") GatherItem(machine, item);
  }
  machine.Put("imds:azure/instance", AzureMetadata(machine));
  return std::move(machine.evidence);
}

}  // namespace vdiwatch::agent
