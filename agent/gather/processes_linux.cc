#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <map>

#include "agent/gather/plan.h"
#include "agent/gather/processes.h"
#include "agent/gather/read_posix.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxEntries = 1 << 20;
constexpr std::size_t kMaxCommandLine = 128 << 10;
constexpr std::size_t kCommBytes = 15;  // the kernel cuts a program's name (TASK_COMM_LEN - 1)

// The planned name that the kernel shows like this; empty if there is none.
std::string_view Planned(std::string_view comm) {
  for (std::string_view name : PlannedProcesses()) {
    if (!name.ends_with(".exe") && name.substr(0, kCommBytes) == comm) return name;
  }
  return {};
}

std::string_view BaseName(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);  // all of it where there is no slash
}

// What the kernel cut is told by the program's file, or if that may not be seen, by the first word
// of its command line; what shows neither counts as meant.
bool IsWhole(const std::string& process, std::string_view planned) {
  if (planned.size() <= kCommBytes) return true;
  constexpr std::string_view kDeleted = " (deleted)";  // replaced by an update while it runs
  char link[PATH_MAX];
  ssize_t size = ::readlink((process + "/exe").c_str(), link, sizeof link);
  if (size > 0) {
    std::string_view file(link, static_cast<std::size_t>(size));
    if (file.ends_with(kDeleted)) file.remove_suffix(kDeleted.size());
    if (BaseName(file) == planned) return true;
  }
  Reading line = ReadBytesFile(process + "/cmdline", kMaxCommandLine);
  const auto* bytes = std::get_if<BytesReading>(&line);
  std::string_view first = bytes ? std::string_view(bytes->bytes) : std::string_view();
  first = first.substr(0, first.find('\0'));  // each word ends in NUL
  return first.empty() ? size <= 0 : BaseName(first) == planned;
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
    if (planned.empty() || !IsWhole(proc + "/" + name, planned)) continue;
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
