#include "agent/probe/docker_desktop.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <set>

#include "agent/probe/subjects.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Sources: docker/docs windows-install.md and windows-permission-requirements.md; uninstall keys
// as written by Docker's installers (GabrielMoreau/winsoft-main).
std::string Uninstall(std::string_view hive, std::string_view value) {
  return fmt::format(
      "registry:{}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop{}",
      hive, value);
}
constexpr std::string_view kMachine = "HKLM";
constexpr std::string_view kEachUser = "HKU\\*";
constexpr auto kMachineProgram = "path:C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe";
constexpr auto kEachUsersProgram =
    "path:C:\\Users\\*\\AppData\\Local\\Programs\\DockerDesktop\\Docker Desktop.exe";
// Removed when the product is (docker/docs, enterprise-deployment/faq.md), wherever it stands.
constexpr auto kProductKey = "registry:HKLM\\SOFTWARE\\Docker Inc.\\Docker Desktop\\";
constexpr auto kComponents =
    "file:C:\\Program Files\\Docker\\Docker\\resources\\componentsVersion.json";
constexpr auto kLinuxFolder = "path:/opt/docker-desktop";
constexpr auto kLinuxPackage = "package:docker-desktop";

bool IsWindows(const Look& look) { return look.evidence().os == "windows"; }

// The step of a path that names the user; empty for what stands there and is nobody: the hives of
// services, the folders of all and of new users.
std::string UserOf(std::string_view locator, std::string_view locator_template) {
  const std::size_t at = locator_template.find('*');
  std::string user(locator.substr(at, locator.find_first_of("\\/", at) - at));
  constexpr std::string_view kNobody[] = {".DEFAULT", "S-1-5-18",  "S-1-5-19",     "S-1-5-20",
                                          "Public",   "All Users", "Default User", "Default"};
  bool nobody = std::ranges::any_of(
      kNobody, [&](std::string_view name) { return EqualsIgnoreCase(user, name); });
  return nobody ? "" : user;
}

// Adds the users at whose place something is; whether any user's place was asked. A place that
// could not be read is trouble of the look.
bool AddUsersWith(Look& look, std::string_view locator_template, std::set<std::string>& users) {
  bool asked = false;
  for (const auto& [locator, reading] : look.All(locator_template)) {
    std::string user = UserOf(locator, locator_template);
    const auto* missing = std::get_if<MissingReading>(reading);
    if (user.empty() || (missing && missing->why == Missing::kNotGathered)) continue;
    asked = true;
    if (!missing) users.insert(std::move(user));
  }
  return asked;
}

// Installations for the machine and for single users, as far as they could be counted.
struct Installs {
  std::int64_t found = 0;
  bool complete = false;
};
Installs CountInstalls(Look& look) {
  if (!IsWindows(look)) {
    auto there = look.Exists(kLinuxFolder);
    return {there == true, there.has_value()};
  }
  auto machine =
      AnyOf({look.Exists(Uninstall(kMachine, "@DisplayVersion")), look.Exists(kMachineProgram)});
  if (machine != true && look.Exists(kProductKey) == true) machine = true;
  // The hive of a user who is signed out is not there, his programs are.
  std::set<std::string> users;
  bool hives = AddUsersWith(look, Uninstall(kEachUser, "@DisplayVersion"), users);
  bool programs = AddUsersWith(look, kEachUsersProgram, users);
  bool complete = machine.has_value() && hives && programs && !look.HasTrouble();
  return {(machine == true) + static_cast<std::int64_t>(users.size()), complete};
}

// Why they could not be counted.
Fact NotCounted(const Look& look) {
  return look.HasTrouble() ? look.NoAnswer() : look.Without(Missing::kNotGathered);
}

std::vector<std::string> Texts(Look& look, const std::vector<std::string>& templates) {
  std::vector<std::string> texts;
  for (const std::string& locator_template : templates) {
    for (const auto& [locator, reading] : look.All(locator_template)) {
      const auto* text = std::get_if<TextReading>(reading);
      if (text) texts.emplace_back(Trim(text->text));
      if (!text && !std::holds_alternative<MissingReading>(*reading)) look.Fail();
    }
  }
  return texts;
}

// The MSI's uninstall key is named by a number; the product's own list of parts has the version
// too (lando/lando reads it as "Informational").
std::optional<std::string> ComponentsVersion(Look& look) {
  if (!look.evidence().items.contains(kComponents)) return std::nullopt;
  auto text = look.Text(kComponents);
  auto json = text ? ParseJson(*text, "componentsVersion.json") : Json();
  if (!json || !json->is_object() || !json->contains("Informational")) return std::nullopt;
  const Json& version = (*json)["Informational"];
  bool fits = version.is_string() && IsVersion(version.get<std::string>());
  return fits ? std::optional(version.get<std::string>()) : std::nullopt;
}

// The oldest: with two installations, the one that a rule must see.
Fact Version(const Evidence& evidence) {
  Look look(evidence);
  std::optional<std::string> oldest;
  for (std::string& text : Texts(look, {Uninstall(kMachine, "@DisplayVersion"),
                                        Uninstall(kEachUser, "@DisplayVersion"), kLinuxPackage})) {
    if (!IsVersion(text)) continue;
    if (!oldest || CompareVersions(text, *oldest) == std::strong_ordering::less) oldest = text;
  }
  if (look.HasTrouble()) return look.NoAnswer();  // an older one may hide there
  if (!oldest) oldest = ComponentsVersion(look);
  return oldest ? look.Answer(*oldest) : look.NoAnswer();
}

// "20251101" as the installer writes it.
std::optional<Time> DateOf(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  auto time = ParseTime(
      fmt::format("{}-{}-{}T00:00:00Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2)));
  return time ? std::optional(*time) : std::nullopt;
}

// The installer's own date, else when its registry key was last written; the earliest of all.
Fact InstalledAt(const Evidence& evidence) {
  Look look(evidence);
  std::optional<Time> earliest;
  for (const std::string& text :
       Texts(look, {Uninstall(kMachine, "@InstallDate"), Uninstall(kEachUser, "@InstallDate")})) {
    if (auto time = DateOf(text)) earliest = std::min(earliest.value_or(*time), *time);
  }
  // A date that may not be read is not replaced by another.
  const bool closed = look.HasTrouble();
  for (std::string_view hive : {kMachine, kEachUser}) {
    if (earliest || closed) break;
    for (const auto& [locator, reading] : look.All(Uninstall(hive, "#written"))) {
      const auto* number = std::get_if<NumberReading>(reading);
      constexpr std::int64_t kYear9999 = 253402300799;
      if (!number || number->number <= 0 || number->number > kYear9999) continue;
      Time time = FromUnix(number->number);
      earliest = std::min(earliest.value_or(time), time);
    }
  }
  return earliest ? look.Answer(FormatTime(*earliest)) : look.NoAnswer();
}

// Who runs backends of Docker Desktop; the window's many processes do not count.
struct Running {
  std::set<std::int64_t> owners;    // that are known
  std::set<std::int64_t> sessions;  // of processes whose owner is not, and of no known owner's
  std::int64_t adrift = 0;          // processes of which neither is known
};
Running RunningBackends(const ProcessesReading& processes) {
  Running running;
  std::set<std::int64_t> known_sessions;
  for (const ProcessEntry& entry : processes.list) {
    bool backend = EqualsIgnoreCase(entry.name, "com.docker.backend.exe") ||
                   entry.name == "com.docker.backend";
    if (!backend) continue;
    if (entry.owner >= 0) running.owners.insert(entry.owner);
    if (entry.owner < 0 && entry.session < 0) ++running.adrift;
    if (entry.session >= 0) {
      (entry.owner >= 0 ? known_sessions : running.sessions).insert(entry.session);
    }
  }
  std::erase_if(running.sessions, [&](auto session) { return known_sessions.contains(session); });
  return running;
}

// Users with a backend of their own. Whose a session is may be unknown, and one user may have two:
// the count stands only where the least and the most that it can be are the same, or where those
// who are known are too many already.
Fact Instances(const Evidence& evidence) {
  Look look(evidence);
  const ProcessesReading* processes = look.Processes();
  if (!processes) return look.NoAnswer();
  const Running running = RunningBackends(*processes);
  auto known = static_cast<std::int64_t>(running.owners.size());
  auto unknown = static_cast<std::int64_t>(running.sessions.size()) + running.adrift;
  if (known > 1) return look.Answer(known);
  bool sure = unknown == 0 || (known == 0 && unknown == 1);
  return sure ? look.Answer(known + unknown) : look.Without(Missing::kUndetermined);
}

// The policy's list of organisations, as one text or as its lines.
std::optional<bool> PolicyAsks(Look& look) {
  constexpr auto kPolicy = "registry:HKLM\\SOFTWARE\\Policies\\Docker\\Docker Desktop@allowedOrgs";
  auto there = look.Exists(kPolicy);
  if (there != true) return there;
  const Reading& reading = look.evidence().At(kPolicy);
  if (const auto* lines = std::get_if<KeysReading>(&reading)) {
    return std::ranges::any_of(lines->keys, [](auto& line) { return !Trim(line).empty(); });
  }
  auto text = look.Text(kPolicy);
  return text ? std::optional(!Trim(*text).empty()) : std::nullopt;
}

// Three places can ask for it (docker/docs, enforce-sign-in/methods.md).
Fact SignInEnforced(const Evidence& evidence) {
  Look look(evidence);
  std::optional<bool> asked;
  if (IsWindows(look)) {
    asked = AnyOf({PolicyAsks(look),
                   NamesOrganisations(look, "file:C:\\ProgramData\\DockerDesktop\\registry.json"),
                   HasSettings(look, "file:C:\\ProgramData\\DockerDesktop\\admin-settings.json")});
  } else {
    asked = NamesOrganisations(look, "file:/usr/share/docker-desktop/registry/registry.json");
    constexpr auto kAdmin = "file:/usr/share/docker-desktop/admin-settings.json";
    if (evidence.items.contains(kAdmin)) asked = AnyOf({asked, HasSettings(look, kAdmin)});
  }
  return asked ? look.Answer(*asked) : look.NoAnswer();
}

// What the administrator locks beats the user's choice, that beats the installation's; WSL 2 is the
// default.
std::string_view BackendOf(const DockerSettings& user, std::optional<bool> locked_wsl,
                           const DockerSettings& install) {
  if (user.windows_containers == true) return "windows_containers";
  bool chosen = user.wsl_engine.value_or(install.wsl_engine.value_or(true));
  return locked_wsl.value_or(chosen) ? "wsl2" : "hyper_v";
}

// With several users the most demanding: Windows containers, then Hyper-V, then WSL 2.
Fact Backend(const Evidence& evidence) {
  Look look(evidence);
  auto locked_wsl = LockedSetting(look, "wslEngineEnabled");
  DockerSettings install = InstallSettings(look);
  std::set<std::string_view> backends;
  for (const DockerSettings& user : ReadDockerSettings(look)) {
    backends.insert(BackendOf(user, locked_wsl, install));
  }
  if (backends.contains("windows_containers")) return look.Answer("windows_containers");
  if (look.HasTrouble()) return look.NoAnswer();
  for (const char* backend : {"hyper_v", "wsl2"}) {
    if (backends.contains(backend)) return look.Answer(backend);
  }
  return look.NoAnswer();
}

// The engine's own distribution exists only where containers run on this machine.
bool HasLocalEngine(Look& look) {
  bool found = false;
  for (const auto& [locator, reading] :
       look.All("registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\*@"
                "DistributionName")) {
    const auto* text = std::get_if<TextReading>(reading);
    if (!text && !std::holds_alternative<MissingReading>(*reading)) look.Fail();
    found = found || (text && text->text == "docker-desktop");
  }
  return found;
}

// A socket may be left over: while backends run, each one's user must have one. While none runs, it
// tells where the backend is WSL 2, whose local engine would have left its distribution.
bool AllRunInCloud(Look& look, const Fact& backend) {
  std::set<std::string> sockets;
  for (const char* locator_template : {"path:C:\\Users\\*\\.docker\\cloud\\docker-cloud.sock",
                                       "path:/home/*/.docker/cloud/docker-cloud.sock"}) {
    AddUsersWith(look, locator_template, sockets);
  }
  if (sockets.empty()) return false;
  const ProcessesReading* processes = look.Processes();
  if (!processes || look.HasTrouble()) return false;
  const Running running = RunningBackends(*processes);
  bool idle = running.owners.empty() && running.sessions.empty() && running.adrift == 0;
  if (idle) return backend.AsText() == "wsl2";
  bool known = !running.owners.empty() && running.sessions.empty() && running.adrift == 0;
  return known && std::ranges::all_of(running.owners, [&](std::int64_t owner) {
           return sockets.contains(std::to_string(owner));
         });
}

// A sure sign of either, or none: the plug-in alone is installed everywhere. One user's local
// engine outweighs the others' cloud. The cloud mode came with 4.42 (docker/docs vm-vdi.md);
// `enableCloud` is its admin setting (settings-reference.md).
Fact EngineMode(const Evidence& evidence, const Fact& version, const Fact& backend) {
  Look look(evidence);
  look.AddSources(version.sources);
  if (auto text = version.AsText()) {
    if (CompareVersions(*text, "4.42") == std::strong_ordering::less) return look.Answer("local");
  }
  if (LockedSetting(look, "enableCloud") == false) return look.Answer("local");
  if (HasLocalEngine(look)) return look.Answer("local");
  return AllRunInCloud(look, backend) ? look.Answer("cloud") : look.NoAnswer();
}

}  // namespace

void ProbeDockerDesktop(const Evidence& evidence, Facts& facts) {
  Look look(evidence);
  Installs installs = CountInstalls(look);
  Fact instances = Instances(evidence);
  // Whatever runs was installed somewhere, whoever runs it.
  const Missing* uncounted = instances.missing();
  bool runs =
      instances.AsInteger().value_or(0) > 0 || (uncounted && *uncounted == Missing::kUndetermined);
  bool none = installs.complete && installs.found == 0 && !runs;
  Fact open = installs.complete ? look.Without(Missing::kUndetermined) : NotCounted(look);
  facts["docker_desktop.installed"] = installs.found > 0 ? look.Answer(true)
                                      : none             ? look.Answer(false)
                                                         : open;
  bool counted = installs.complete && (none || installs.found > 0);
  facts["docker_desktop.installs"] = counted ? look.Answer(installs.found) : open;
  facts["docker_desktop.instances"] = std::move(instances);
  facts["docker_desktop.sign_in_enforced"] = SignInEnforced(evidence);

  const Fact absent = look.Without(Missing::kAbsent);
  Fact version = none ? absent : Version(evidence);
  const Fact backend = none ? absent : Backend(evidence);
  facts["docker_desktop.engine_mode"] = none ? absent : EngineMode(evidence, version, backend);
  facts["docker_desktop.version"] = std::move(version);
  facts["docker_desktop.installed_at"] = none ? absent : InstalledAt(evidence);
  if (evidence.os == "windows") {
    facts["docker_desktop.backend"] = backend;
  }
}

}  // namespace vdiwatch::agent
