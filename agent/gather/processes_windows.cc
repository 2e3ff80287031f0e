#include "agent/gather/processes_windows.h"

#include <windows.h>
// After windows.h, which they do not include themselves.
#include <sddl.h>
#include <tlhelp32.h>
#include <wtsapi32.h>

#include <algorithm>
#include <vector>

#include "agent/gather/plan.h"
#include "agent/gather/terms_windows.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Empty if it ended meanwhile, or may not be asked.
std::string OwnerByToken(const RunningProcess& running) {
  OwnedHandle process(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, running.pid));
  HANDLE open = nullptr;
  if (!process.is_open() || !::OpenProcessToken(process.get(), TOKEN_QUERY, &open)) return "";
  OwnedHandle token(open);
  alignas(TOKEN_USER) char buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size = 0;
  if (!::GetTokenInformation(token.get(), TokenUser, buffer, sizeof buffer, &size)) return "";
  wchar_t* text = nullptr;
  PSID sid = reinterpret_cast<TOKEN_USER*>(buffer)->User.Sid;
  if (!::ConvertSidToStringSidW(sid, &text)) return "";
  std::string owner = Utf8(text);
  ::LocalFree(text);
  return owner;
}

std::int64_t SessionOf(DWORD pid) {
  DWORD session = 0;
  return ::ProcessIdToSessionId(pid, &session) ? std::int64_t{session} : -1;
}

bool IsPlanned(std::string_view name) {
  return std::ranges::any_of(PlannedProcesses(), [&](std::string_view planned) {
    return planned.ends_with(".exe") && EqualsIgnoreCase(name, planned);
  });
}

const char* StateName(WTS_CONNECTSTATE_CLASS state) {
  constexpr const char* kNames[] = {"active",       "connected", "connect_query", "shadow",
                                    "disconnected", "idle",      "listening",     "reset",
                                    "down",         "init"};
  auto number = static_cast<std::size_t>(state);
  return number < std::size(kNames) ? kNames[number] : "unknown";
}

}  // namespace

ProcessesReading PlannedAmong(std::span<const RunningProcess> running, const OwnerOf& owner_of,
                              Users& users) {
  ProcessesReading reading;
  for (const RunningProcess& process : running) {
    if (!IsPlanned(process.name)) continue;
    const std::string owner = owner_of(process);
    reading.list.push_back(
        {process.name, process.pid, process.session, owner.empty() ? -1 : users.NumberOf(owner)});
  }
  return reading;
}

Reading ReadProcesses(Users& users) {
  OwnedHandle snapshot(::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  if (!snapshot.is_open()) return MissingBecauseOfLastError();
  std::vector<RunningProcess> running;
  PROCESSENTRY32W entry{};
  entry.dwSize = sizeof entry;
  for (BOOL more = ::Process32FirstW(snapshot.get(), &entry); more;
       more = ::Process32NextW(snapshot.get(), &entry)) {
    running.push_back({Utf8(entry.szExeFile), entry.th32ProcessID, -1});
  }
  if (::GetLastError() != ERROR_NO_MORE_FILES) return MissingBecauseOfLastError();
  std::erase_if(running, [](const RunningProcess& process) { return !IsPlanned(process.name); });
  for (RunningProcess& process : running) process.session = SessionOf(process.pid);
  return PlannedAmong(running, OwnerByToken, users);
}

Reading ReadSessions() {
  WTS_SESSION_INFOW* sessions = nullptr;
  DWORD count = 0;
  if (!::WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &sessions, &count)) {
    return MissingBecauseOfLastError();
  }
  SessionsReading reading;
  for (DWORD i = 0; i < count; ++i) {
    reading.list.push_back({sessions[i].SessionId, StateName(sessions[i].State)});
  }
  ::WTSFreeMemory(sessions);
  // Services have one at least.
  if (reading.list.empty()) return MissingReading{Missing::kFailed, "Windows lists no session"};
  return reading;
}

}  // namespace vdiwatch::agent
