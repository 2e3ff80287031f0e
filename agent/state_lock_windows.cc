#include <fmt/format.h>
#include <windows.h>

#include "agent/state_dir.h"
#include "base/result_windows.h"

namespace vdiwatch::agent {
namespace {

class FileLock : public StateLock {
 public:
  explicit FileLock(HANDLE handle) : handle_(handle) {}
  ~FileLock() override { ::CloseHandle(handle_); }

 private:
  HANDLE handle_;
};

}  // namespace

// Nobody else can open a file that is shared with nobody.
Result<std::unique_ptr<StateLock>> StateLock::Take(const StateDir& state) {
  std::filesystem::path file = state.folder() / "lock";
  HANDLE handle = ::CreateFileW(file.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_ALWAYS,
                                FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle != INVALID_HANDLE_VALUE) {
    return std::unique_ptr<StateLock>(std::make_unique<FileLock>(handle));
  }
  DWORD error = ::GetLastError();
  if (error == ERROR_SHARING_VIOLATION) {
    return Unavailable(fmt::format("another vdiwatch-agent uses {}: stop its service first",
                                   state.folder().string()));
  }
  return WindowsError(fmt::format("cannot open {}", file.string()), error);
}

}  // namespace vdiwatch::agent
