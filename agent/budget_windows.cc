#include "agent/budget_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include "base/result_windows.h"

namespace vdiwatch::agent {
namespace {

class Limits {
 public:
  // `what` did not become a limit.
  void Lacks(const char* what) {
    lacking_.push_back(
        fmt::format("no limit on {}: {}", what, DescribeWindowsError(::GetLastError())));
  }
  template <class Info>
  void Set(HANDLE job, JOBOBJECTINFOCLASS kind, Info info, const char* what) {
    if (!::SetInformationJobObject(job, kind, &info, sizeof info)) Lacks(what);
  }
  std::vector<std::string> lacking() && { return std::move(lacking_); }

 private:
  std::vector<std::string> lacking_;
};

}  // namespace

std::vector<std::string> KeepWithin(const Budget& budget) {
  Limits limits;
  ::SetPriorityClass(::GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS);
  HANDLE job = ::CreateJobObjectW(nullptr, nullptr);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION memory{};
  memory.BasicLimitInformation.LimitFlags =
      JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
  memory.BasicLimitInformation.ActiveProcessLimit = 1;
  memory.ProcessMemoryLimit = budget.memory_bytes;
  limits.Set(job, JobObjectExtendedLimitInformation, memory, "memory and child processes");
  JOBOBJECT_CPU_RATE_CONTROL_INFORMATION cpu{};
  cpu.ControlFlags = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
  cpu.CpuRate = budget.cpu_percent * 100;
  limits.Set(job, JobObjectCpuRateControlInformation, cpu, "processor time");
  if (!::AssignProcessToJobObject(job, ::GetCurrentProcess())) limits.Lacks("anything");
  ::CloseHandle(job);  // it lives as long as the process in it
  return std::move(limits).lacking();
}

}  // namespace vdiwatch::agent
