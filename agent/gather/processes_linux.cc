#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "agent/gather/plan.h"
#include "agent/gather/processes.h"
#include "agent/gather/read_posix.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxEntries = 1 << 20;
constexpr std::size_t kCommBytes = 15;  // the kernel cuts a program's name (TASK_COMM_LEN - 1)

// The planned name that the kernel shows like this; empty if there is none.
std::string_view Planned(std::string_view comm) {
  for (std::string_view name : PlannedProcesses()) {
    if (!name.ends_with(".exe") && name.substr(0, kCommBytes) == comm) return name;
  }
  return {};
}

}  // namespace

Reading ReadProcesses(const std::string& proc) {
  Reading folder = ReadFolder(proc, kMaxEntries);
  const auto* names = std::get_if<KeysReading>(&folder);
  if (!names) return folder;
  ProcessesReading reading;
  std::map<uid_t, std::int64_t> owners;
  bool sees_first = false;
  for (const std::string& name : names->keys) {
    auto pid = ParseInteger(name);
    if (!pid) continue;
    Reading comm = ReadTextFile(proc + "/" + name + "/comm", 256);
    const auto* text = std::get_if<TextReading>(&comm);
    if (!text) continue;  // it ended meanwhile
    sees_first = sees_first || *pid == 1;
    std::string_view planned = Planned(Trim(text->text));
    if (planned.empty()) continue;
    struct stat status {};
    if (::stat((proc + "/" + name).c_str(), &status) != 0) continue;
    const auto owner = owners.emplace(status.st_uid, owners.size() + 1).first->second;
    reading.list.push_back({std::string(planned), *pid, -1, owner});
  }
  // With hidepid only the own ones are shown: then nobody can be counted.
  if (!sees_first) return MissingReading{Missing::kDenied, "other users' programs are hidden"};
  return reading;
}

}  // namespace vdiwatch::agent
