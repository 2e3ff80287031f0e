#include "agent/event_log_windows.h"

#include <messages.h>
#include <windows.h>

#include "agent/path.h"
#include "base/result_windows.h"

namespace vdiwatch::agent {
namespace {

constexpr wchar_t kSource[] = L"vdiwatch-agent";
constexpr wchar_t kKey[] =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\vdiwatch-agent";

LSTATUS SetText(HKEY key, const wchar_t* name, const std::wstring& text) {
  auto bytes = static_cast<DWORD>((text.size() + 1) * sizeof(wchar_t));
  return ::RegSetValueExW(key, name, 0, REG_EXPAND_SZ, reinterpret_cast<const BYTE*>(text.c_str()),
                          bytes);
}

}  // namespace

EventLog::EventLog() : source_(::RegisterEventSourceW(nullptr, kSource)) {}

EventLog::~EventLog() {
  if (source_ != nullptr) ::DeregisterEventSource(source_);
}

void EventLog::Started(std::string_view text) {
  Report(EVENTLOG_INFORMATION_TYPE, EVENT_STARTED, text);
}

void EventLog::Stopped(std::string_view text) {
  Report(EVENTLOG_INFORMATION_TYPE, EVENT_STOPPED, text);
}

void EventLog::Write(Log::Level level, std::string_view text, Time now) {
  if (level == Log::Level::kDebug || !news_.IsNew(text, now)) return;
  if (level == Log::Level::kError) return Report(EVENTLOG_ERROR_TYPE, EVENT_ERROR, text);
  if (level == Log::Level::kWarning) return Report(EVENTLOG_WARNING_TYPE, EVENT_WARNING, text);
  Report(EVENTLOG_INFORMATION_TYPE, EVENT_INFORMATION, text);
}

void EventLog::Report(unsigned short type, unsigned long id, std::string_view text) {
  if (source_ == nullptr) return;
  std::wstring wide = PathOf(text).wstring();
  const wchar_t* strings[] = {wide.c_str()};
  ::ReportEventW(source_, type, 0, id, nullptr, 1, 0, strings, nullptr);
}

Result<void> EventLog::Register(const std::filesystem::path& program) {
  HKEY key = nullptr;
  LSTATUS status = ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, kKey, 0, nullptr, 0,
                                     KEY_SET_VALUE | KEY_WOW64_64KEY, nullptr, &key, nullptr);
  if (status == ERROR_SUCCESS) {
    const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    status = SetText(key, L"EventMessageFile", program.wstring());
    if (status == ERROR_SUCCESS) {
      status = ::RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD,
                                reinterpret_cast<const BYTE*>(&types), sizeof types);
    }
    ::RegCloseKey(key);
  }
  if (status == ERROR_SUCCESS) return {};
  return WindowsError("cannot register the event log's source", static_cast<DWORD>(status));
}

Result<void> EventLog::Unregister() {
  LSTATUS status = ::RegDeleteKeyExW(HKEY_LOCAL_MACHINE, kKey, KEY_WOW64_64KEY, 0);
  if (status == ERROR_SUCCESS || status == ERROR_FILE_NOT_FOUND) return {};
  return WindowsError("cannot remove the event log's source", static_cast<DWORD>(status));
}

}  // namespace vdiwatch::agent
