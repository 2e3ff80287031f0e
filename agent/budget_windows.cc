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

template <class Info>
void Advise(PROCESS_INFORMATION_CLASS kind, Info info) {
  ::SetProcessInformation(::GetCurrentProcess(), kind, &info, sizeof info);
}

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
  if (!::SetPriorityClass(::GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS)) {
    limits.Lacks("precedence");
  }
  // Both are advice, which Windows 10 1607 and Wine do not know: their lack is no news.
  PROCESS_POWER_THROTTLING_STATE power{PROCESS_POWER_THROTTLING_CURRENT_VERSION,
                                       PROCESS_POWER_THROTTLING_EXECUTION_SPEED,
                                       PROCESS_POWER_THROTTLING_EXECUTION_SPEED};
  Advise(ProcessPowerThrottling, power);
  Advise(ProcessMemoryPriority, MEMORY_PRIORITY_INFORMATION{MEMORY_PRIORITY_LOW});
  return std::move(limits).lacking();
}

void GiveMemoryBack() {
  constexpr SIZE_T kAll = static_cast<SIZE_T>(-1);
  ::SetProcessWorkingSetSize(::GetCurrentProcess(), kAll, kAll);
}

}  // namespace vdiwatch::agent
