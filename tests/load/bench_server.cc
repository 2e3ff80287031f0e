#include "tests/load/bench_server.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace vdiwatch::sim {
namespace {

namespace fs = std::filesystem;

// The first number of schedstat: nanoseconds on a processor.
double CpuOfThread(const fs::path& task) {
  double nanoseconds = 0;
  std::ifstream(task / "schedstat") >> nanoseconds;
  return nanoseconds / 1000;
}

std::int64_t ResidentOf(const fs::path& process) {
  std::int64_t size = 0, resident = 0;
  std::ifstream(process / "statm") >> size >> resident;
  return resident * 4;  // pages of 4 KiB
}

}  // namespace

ServerUse UseOf(pid_t pid) {
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  ServerUse use{.cpu_us = 0, .resident_kib = ResidentOf(process)};
  std::error_code gone;
  for (const auto& task : fs::directory_iterator(process / "task", gone)) {
    use.cpu_us += CpuOfThread(task.path());
  }
  return use;
}

}  // namespace vdiwatch::sim
