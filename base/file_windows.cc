#include <fmt/format.h>
#include <windows.h>
// After windows.h.
#include <sddl.h>

#include <memory>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "base/result_windows.h"

namespace vdiwatch {
namespace {

namespace fs = std::filesystem;

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

struct Closer {
  using pointer = HANDLE;
  void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};
using Handle = std::unique_ptr<HANDLE, Closer>;

struct LocalFreer {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

Handle Open(const fs::path& path, DWORD access, DWORD share, DWORD how, DWORD flags = 0,
            SECURITY_ATTRIBUTES* security = nullptr) {
  HANDLE handle = ::CreateFileW(path.c_str(), access, share, security, how, flags, nullptr);
  return Handle(handle == INVALID_HANDLE_VALUE ? nullptr : handle);
}

Error Failed(const char* verb, const fs::path& path, DWORD error = ::GetLastError()) {
  return WindowsError(fmt::format("cannot {} {}", verb, path.string()), error);
}

// The SID of whom this process runs as, as text; empty if it cannot be told.
std::string OwnSid() {
  HANDLE opened = nullptr;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened)) return "";
  Handle token(opened);
  alignas(TOKEN_USER) char user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size = 0;
  LPSTR text = nullptr;
  if (!::GetTokenInformation(opened, TokenUser, user, sizeof user, &size) ||
      !::ConvertSidToStringSidA(reinterpret_cast<TOKEN_USER*>(user)->User.Sid, &text)) {
    return "";
  }
  std::unique_ptr<char, LocalFreer> owned(text);
  return text;
}

// SYSTEM, the administrators and whom we run as have the file; nothing is inherited.
struct PrivateSecurity {
  std::unique_ptr<void, LocalFreer> descriptor;
  SECURITY_ATTRIBUTES attributes{sizeof(SECURITY_ATTRIBUTES), nullptr, FALSE};
};

Result<PrivateSecurity> MakePrivate() {
  std::string sid = OwnSid();
  std::string sddl = "D:P(A;;FA;;;SY)(A;;FA;;;BA)";
  if (!sid.empty()) sddl += fmt::format("(A;;FA;;;{})", sid);
  PrivateSecurity security;
  PSECURITY_DESCRIPTOR made = nullptr;
  if (!::ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl.c_str(), SDDL_REVISION_1, &made,
                                                              nullptr)) {
    return WindowsError("cannot make a file private", ::GetLastError());
  }
  security.descriptor.reset(made);
  security.attributes.lpSecurityDescriptor = made;
  return security;
}

// What stands at a path.
enum class Target { kNothing, kFile, kFolder, kLink, kStream };

// CON, NUL, COM1 and the like, in whatever folder this Windows takes them for devices.
bool IsDevice(const fs::path& path) {
  wchar_t whole[MAX_PATH] = L"";
  DWORD size = ::GetFullPathNameW(path.c_str(), std::size(whole), whole, nullptr);
  return size < std::size(whole) && std::wstring_view(whole).starts_with(L"\\\\.\\");
}

Target TargetOf(const fs::path& path) {
  if (IsDevice(path)) return Target::kStream;  // CON has no attributes to be read
  Handle handle = Open(path, FILE_READ_ATTRIBUTES, kShareAll, OPEN_EXISTING,
                       FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS);
  if (!handle) return Target::kNothing;
  if (::GetFileType(handle.get()) != FILE_TYPE_DISK) return Target::kStream;
  FILE_ATTRIBUTE_TAG_INFO info{};
  if (!::GetFileInformationByHandleEx(handle.get(), FileAttributeTagInfo, &info, sizeof info)) {
    info.FileAttributes = ::GetFileAttributesW(path.c_str());
  }
  // Other reparse points are files whose content lies elsewhere: compressed, or in a cloud.
  bool reparse = info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT;
  if (reparse && IsReparseTagNameSurrogate(info.ReparseTag)) return Target::kLink;
  return info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY ? Target::kFolder : Target::kFile;
}

bool WriteAll(HANDLE file, std::string_view bytes) {
  while (!bytes.empty()) {
    auto size = static_cast<DWORD>(std::min<std::size_t>(bytes.size(), 1 << 20));
    DWORD written = 0;
    if (!::WriteFile(file, bytes.data(), size, &written, nullptr)) return false;
    bytes.remove_prefix(written);
  }
  return true;
}

// A virus scanner or an indexer may hold the old file for a moment.
bool MoveOver(const fs::path& fresh, const fs::path& path) {
  constexpr int kTries = 25;
  for (int attempt = 1;; ++attempt) {
    if (::MoveFileExW(fresh.c_str(), path.c_str(),
                      MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
      return true;
    }
    DWORD error = ::GetLastError();
    bool held = error == ERROR_SHARING_VIOLATION || error == ERROR_ACCESS_DENIED ||
                error == ERROR_LOCK_VIOLATION;
    if (!held || attempt == kTries) return ::SetLastError(error), false;
    ::Sleep(20);
  }
}

Result<void> Replace(const fs::path& path, std::string_view bytes, FileMode mode) {
  fs::path fresh = path;
  fresh += "." + Hex(RandomBytes(6)) + ".new";
  PrivateSecurity security;
  if (mode == FileMode::kPrivate) {
    ASSIGN_OR_RETURN(security, MakePrivate());
  }
  Handle file = Open(fresh, GENERIC_WRITE, 0, CREATE_NEW, FILE_ATTRIBUTE_NORMAL,
                     security.descriptor ? &security.attributes : nullptr);
  if (!file) return Failed("write", path);
  DWORD error = ERROR_SUCCESS;
  if (!WriteAll(file.get(), bytes) || !::FlushFileBuffers(file.get())) error = ::GetLastError();
  file.reset();
  if (error == ERROR_SUCCESS && !MoveOver(fresh, path)) error = ::GetLastError();
  if (error == ERROR_SUCCESS) return {};
  ::DeleteFileW(fresh.c_str());
  return Failed("write", path, error);
}

}  // namespace

Result<std::string> ReadFile(const fs::path& path, std::size_t max_bytes) {
  if (TargetOf(path) == Target::kFolder) {
    return Invalid(fmt::format("cannot read {}: it is a directory", path.string()));
  }
  Handle file = Open(path, GENERIC_READ, kShareAll, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN);
  if (!file) return Failed("read", path);
  std::string bytes;
  std::vector<char> chunk(65536);
  for (;;) {
    DWORD count = 0;
    bool good = ::ReadFile(file.get(), chunk.data(), static_cast<DWORD>(chunk.size()), &count,
                           nullptr) != 0;
    // The writer's end of a pipe that is closed is its end of file.
    if (!good && ::GetLastError() != ERROR_BROKEN_PIPE) return Failed("read", path);
    if (count == 0) return bytes;
    bytes.append(chunk.data(), count);
    if (bytes.size() > max_bytes) {
      return Invalid(fmt::format("cannot read {}: over {} bytes", path.string(), max_bytes));
    }
  }
}

Result<void> WriteFile(const fs::path& path, std::string_view bytes, FileMode mode) {
  const char* why = "it is no regular file";
  switch (TargetOf(path)) {
    case Target::kNothing:
    case Target::kFile:
      return Replace(path, bytes, mode);
    case Target::kFolder:
      why = "it is a directory";
      break;
    case Target::kLink:
      why = "it is a link";
      break;
    case Target::kStream:
      break;
  }
  return Invalid(fmt::format("cannot write {}: {}", path.string(), why));
}

Result<void> WriteOutput(const fs::path& path, std::string_view bytes, FileMode mode) {
  if (TargetOf(path) != Target::kStream) return WriteFile(path, bytes, mode);
  Handle stream = Open(path, GENERIC_WRITE, kShareAll, OPEN_EXISTING);
  if (!stream || !WriteAll(stream.get(), bytes)) return Failed("write", path);
  return {};
}

}  // namespace vdiwatch
