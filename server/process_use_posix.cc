#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "server/process_use.h"

namespace vdiwatch::server {
namespace {

// The fields of /proc/self/stat behind the name in parentheses; the first is field 3 (proc(5)).
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

// Seconds since 1970 (field btime of /proc/stat).
std::int64_t BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    std::int64_t value = 0;
    if (word == "btime" && file >> value) return value;
  }
  return 0;
}

}  // namespace

std::optional<ProcessUse> ReadProcessUse() {
  const auto fields = StatFields();
  if (fields.size() < 22) return std::nullopt;
  const auto field = [&](std::size_t number) { return std::stoll(fields[number - 3]); };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessUse use;
  use.cpu_seconds = static_cast<double>(field(14) + field(15)) / ticks;
  use.start_time = BootTime() + static_cast<std::int64_t>(static_cast<double>(field(22)) / ticks);
  use.resident_bytes = field(24) * sysconf(_SC_PAGESIZE);
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", ignored), end; entry != end;
       entry.increment(ignored)) {
    ++use.open_files;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    use.max_files = static_cast<std::int64_t>(limit.rlim_cur);
  }
  return use;
}

}  // namespace vdiwatch::server
