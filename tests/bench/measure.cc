#include "tests/bench/measure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstring>

extern char** environ;

namespace vdiwatch::bench {
namespace {

double Milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

Result<pid_t> Start(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  int error = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Unavailable(fmt::format("{}: {}", command[0], std::strerror(error)));
  return child;
}

}  // namespace

Result<Usage> RunOnce(const std::vector<std::string>& command) {
  const auto start = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(pid_t child, Start(command));
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child) return Internal("cannot wait for a child");
  const auto elapsed = std::chrono::steady_clock::now() - start;
  if (!WIFEXITED(status)) return Unavailable(command[0] + " was ended by a signal");
  return Usage{.cpu_ms = Milliseconds(used.ru_utime) + Milliseconds(used.ru_stime),
               .elapsed_ms = std::chrono::duration<double, std::milli>(elapsed).count(),
               .exit_code = WEXITSTATUS(status),
               .peak_kib = used.ru_maxrss};
}

double Median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace vdiwatch::bench
