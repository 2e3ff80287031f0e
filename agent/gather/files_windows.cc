#include "agent/gather/files_windows.h"

#include <fmt/format.h>
#include <windows.h>
#include <winternl.h>

#include <cstring>
#include <functional>
#include <vector>

#include "agent/gather/terms_windows.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr ULONG kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr auto kNoFile = "it is no regular file";
constexpr auto kLink = "a link stands in the way";

MissingReading Failed(std::string why) { return {Missing::kFailed, std::move(why)}; }

// What one step of a path opened, or why not.
struct Opened {
  OwnedHandle handle;
  MissingReading why;
};

// `folder` null: `name` is an absolute name of the kernel.
Opened Open(HANDLE folder, std::wstring_view name, ACCESS_MASK access, ULONG options) {
  constexpr NTSTATUS kOplockBreakInProgress = 0x108;  // opened, but each read would wait
  UNICODE_STRING text{static_cast<USHORT>(name.size() * sizeof(wchar_t)),
                      static_cast<USHORT>(name.size() * sizeof(wchar_t)),
                      const_cast<wchar_t*>(name.data())};
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, folder, nullptr);
  IO_STATUS_BLOCK io{};
  HANDLE handle = nullptr;
  NTSTATUS status = ::NtCreateFile(
      &handle, access | FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attributes, &io, nullptr, 0, kShareAll,
      FILE_OPEN,
      options | FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT | FILE_COMPLETE_IF_OPLOCKED,
      nullptr, 0);
  if (status < 0) return {OwnedHandle(), MissingBecause(::RtlNtStatusToDosError(status))};
  OwnedHandle opened(handle);
  if (status == kOplockBreakInProgress) return {OwnedHandle(), Failed("another program holds it")};
  return {std::move(opened), {}};
}

// What is open, without following what it may stand for.
struct Kind {
  bool known = false, link = false, reparse = false, folder = false;
};
Kind KindOf(HANDLE handle) {
  FILE_ATTRIBUTE_TAG_INFO info{};
  if (!::GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &info, sizeof info)) return {};
  bool reparse = (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
  return {true, LeadsElsewhere(info.FileAttributes, info.ReparseTag), reparse,
          (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0};
}

using Use = std::function<Reading(HANDLE, const Kind&)>;

// Walks from an open folder to the last step, and reads what stands there.
Reading Walk(OwnedHandle folder, std::wstring_view path, ACCESS_MASK access, const Use& use) {
  HANDLE at = folder.get();
  std::vector<Opened> steps;
  while (true) {
    std::size_t end = path.find(L'\\');
    bool last = end == std::wstring_view::npos;
    steps.push_back(Open(at, path.substr(0, end), last ? access : FILE_TRAVERSE,
                         last ? 0 : FILE_DIRECTORY_FILE));
    Opened& step = steps.back();
    if (!step.handle.is_open()) return step.why;
    Kind kind = KindOf(step.handle.get());
    if (!kind.known) return MissingBecauseOfLastError();
    if (kind.link || (!last && kind.reparse)) return Failed(kLink);
    if (last) return use(step.handle.get(), kind);
    at = step.handle.get();
    path.remove_prefix(end + 1);
  }
}

// "C:\a\b" from the root of its drive.
Reading WalkFromDrive(std::wstring_view path, ACCESS_MASK access, const Use& use) {
  constexpr std::size_t kDrive = 3;
  bool absolute = path.size() > kDrive && path[1] == L':' && path[2] == L'\\';
  if (!absolute) return Failed("it is no path on a drive");
  Opened root =
      Open(nullptr, L"\\??\\" + std::wstring(path.substr(0, kDrive)), 0, FILE_DIRECTORY_FILE);
  if (!root.handle.is_open()) return root.why;
  return Walk(std::move(root.handle), path.substr(kDrive), access, use);
}

// Below a folder of the system's, which may be a link.
Reading WalkFrom(const std::wstring& folder, std::wstring_view path, ACCESS_MASK access,
                 const Use& use) {
  if (folder.size() < 3 || folder[1] != L':') return Failed("the folder is on no drive");
  OwnedHandle open(::CreateFileW(folder.c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr,
                                 OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!open.is_open()) return MissingBecauseOfLastError();
  return Walk(std::move(open), path, access, use);
}

Reading TextFrom(HANDLE file, const Kind& kind, std::size_t max_bytes) {
  if (kind.folder || kind.reparse || ::GetFileType(file) != FILE_TYPE_DISK) return Failed(kNoFile);
  // One byte more than allowed tells what is too large: it may grow meanwhile.
  constexpr std::size_t kFirstBytes = 4096;
  std::string bytes(std::min(max_bytes + 1, kFirstBytes), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    DWORD count = 0;
    if (!::ReadFile(file, bytes.data() + filled, static_cast<DWORD>(bytes.size() - filled), &count,
                    nullptr)) {
      return MissingBecauseOfLastError();
    }
    if (count == 0) break;
    filled += count;
    if (filled == bytes.size()) bytes.resize(std::min(max_bytes + 1, filled * 2));
  }
  if (filled > max_bytes) return Failed(fmt::format("it is larger than {} bytes", max_bytes));
  bytes.resize(filled);
  return TextReading{TextOfFile(bytes)};
}

Reading WrittenFrom(HANDLE file, const Kind&) {
  FILETIME time{};
  if (!::GetFileTime(file, nullptr, nullptr, &time)) return MissingBecauseOfLastError();
  return NumberReading{UnixOf(std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime)};
}

Reading PresenceFrom(HANDLE, const Kind&) { return StateReading{"present", ""}; }

Use TextOfAtMost(std::size_t max_bytes) {
  return [max_bytes](HANDLE file, const Kind& kind) { return TextFrom(file, kind, max_bytes); };
}

}  // namespace

// Bit 29 of a tag: "name surrogate", it stands for another object. A socket of AF_UNIX is a reparse
// point, too, and none. Source: Microsoft, "Reparse Point Tags".
bool LeadsElsewhere(unsigned long attributes, unsigned long reparse_tag) {
  constexpr unsigned long kNameSurrogate = 0x20000000;
  return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 && (reparse_tag & kNameSurrogate) != 0;
}

std::string TextOfFile(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") && bytes.size() % sizeof(wchar_t) == 0) {
    std::wstring wide((bytes.size() - 2) / sizeof(wchar_t), L'\0');
    std::memcpy(wide.data(), bytes.data() + 2, bytes.size() - 2);
    return Utf8(wide);
  }
  std::string text(bytes);
  if (IsUtf8(text)) return text;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\0') c = '?';
  }
  return text;
}

Reading ReadTextFile(std::wstring_view path, std::size_t max_bytes) {
  return WalkFromDrive(path, FILE_READ_DATA, TextOfAtMost(max_bytes));
}

Reading ReadPresence(std::wstring_view path) { return WalkFromDrive(path, 0, PresenceFrom); }

Reading ReadWritten(std::wstring_view path) { return WalkFromDrive(path, 0, WrittenFrom); }

Reading ReadTextFileWithin(const std::wstring& folder, std::wstring_view path,
                           std::size_t max_bytes) {
  return WalkFrom(folder, path, FILE_READ_DATA, TextOfAtMost(max_bytes));
}

Reading ReadPresenceWithin(const std::wstring& folder, std::wstring_view path) {
  return WalkFrom(folder, path, 0, PresenceFrom);
}

}  // namespace vdiwatch::agent
