#include <aclapi.h>
#include <fmt/format.h>
#include <sddl.h>
#include <windows.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "agent/private_folder.h"
#include "base/result_windows.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

struct FreeLocal {
  void operator()(void* memory) const { LocalFree(memory); }
};
using Descriptor = std::unique_ptr<void, FreeLocal>;

// Administrators own it; the system and they have all rights here and below; nothing is inherited.
constexpr const wchar_t* kAccess = L"O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

Error Failed(const char* verb, const fs::path& folder, DWORD error) {
  std::string message =
      fmt::format("cannot {} {}: {}", verb, folder.string(), DescribeWindowsError(error));
  bool denied = error == ERROR_ACCESS_DENIED || error == ERROR_INVALID_OWNER ||
                error == ERROR_PRIVILEGE_NOT_HELD;
  return denied ? Denied(message + " (an administrator can)") : Unavailable(message);
}

Descriptor Access() {
  PSECURITY_DESCRIPTOR made = nullptr;
  ConvertStringSecurityDescriptorToSecurityDescriptorW(kAccess, SDDL_REVISION_1, &made, nullptr);
  return Descriptor(made);
}

std::string SidText(PSID sid) {
  char* text = nullptr;
  if (!ConvertSidToStringSidA(sid, &text)) return "";
  std::unique_ptr<char, FreeLocal> owned(text);
  return text;
}

// The account that this process runs as: the service's is the system itself.
std::string OwnSid() {
  HANDLE token = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return "";
  std::vector<BYTE> buffer(SECURITY_MAX_SID_SIZE + sizeof(TOKEN_USER));
  DWORD size = 0;
  bool known = GetTokenInformation(token, TokenUser, buffer.data(),
                                   static_cast<DWORD>(buffer.size()), &size);
  CloseHandle(token);
  return known ? SidText(reinterpret_cast<TOKEN_USER*>(buffer.data())->User.Sid) : "";
}

// The system, the administrators, and what installs Windows itself (a drive's root is its own).
bool MayOwn(const std::string& sid) {
  constexpr std::string_view kTrustedInstaller =
      "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
  return sid == "S-1-5-18" || sid == "S-1-5-32-544" || sid == kTrustedInstaller || sid == OwnSid();
}

// Whoever owns a folder can give himself every right over what is made in it.
Result<void> CheckOwner(const fs::path& folder) {
  DWORD attributes = GetFileAttributesW(folder.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return Failed("look at", folder, GetLastError());
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    return Denied(
        fmt::format("{} is a link: the agent keeps no secrets behind one", folder.string()));
  }
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
    return Invalid(fmt::format("{} is no folder", folder.string()));
  }
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR raw = nullptr;
  DWORD error = GetNamedSecurityInfoW(folder.c_str(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION,
                                      &owner, nullptr, nullptr, nullptr, &raw);
  Descriptor held(raw);
  if (error != ERROR_SUCCESS) return Failed("look at", folder, error);
  std::string sid = SidText(owner);
  if (MayOwn(sid)) return {};
  return Denied(
      fmt::format("{} belongs to {}, not to the system or its administrators: remove it, "
                  "and the agent makes its own",
                  folder.string(), sid));
}

Result<void> Restrict(const fs::path& folder) {
  Descriptor access = Access();
  BOOL present = FALSE, defaulted = FALSE;
  PACL acl = nullptr;
  if (!access || !GetSecurityDescriptorDacl(access.get(), &present, &acl, &defaulted)) {
    return Failed("protect", folder, GetLastError());
  }
  std::wstring name = folder.wstring();
  DWORD error = SetNamedSecurityInfoW(
      name.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
      nullptr, nullptr, acl, nullptr);
  if (error != ERROR_SUCCESS) return Failed("protect", folder, error);
  return {};
}

Result<void> Make(const fs::path& folder) {
  Descriptor access = Access();
  if (!access) return Failed("protect", folder, GetLastError());
  SECURITY_ATTRIBUTES attributes{sizeof attributes, access.get(), FALSE};
  if (CreateDirectoryW(folder.c_str(), &attributes)) return {};
  DWORD error = GetLastError();
  if (error == ERROR_ALREADY_EXISTS) return {};  // somebody was faster; the check comes next
  return Failed("make", folder, error);
}

constexpr std::string_view kOwnFolder = "name a folder of the agent's own";

// Closing a folder closes all that is in it: of one that others use, nothing is touched.
Result<void> CheckContents(const fs::path& folder) {
  constexpr std::wstring_view kOwn[] = {L"identity.pem", L"status.json", L"canary.json", L"lock",
                                        L"sealed",       L"token",       L"spool"};
  bool holds_any = false;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    holds_any = true;
    if (std::ranges::find(kOwn, it->path().filename().wstring()) != std::end(kOwn)) return {};
  }
  if (!holds_any) return {};
  return Denied(fmt::format("{} holds other things: {}", folder.string(), kOwnFolder));
}

}  // namespace

Result<void> MakePrivateFolder(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  if (whole.relative_path().empty()) {
    return Invalid(fmt::format("{} is a whole disk: {}", whole.string(), kOwnFolder));
  }
  RETURN_IF_ERROR(CheckContents(whole));
  fs::path path = whole.root_path();
  for (const fs::path& step : whole.relative_path()) {
    if (step.empty()) continue;
    path /= step;
    if (GetFileAttributesW(path.c_str()) == INVALID_FILE_ATTRIBUTES) RETURN_IF_ERROR(Make(path));
    RETURN_IF_ERROR(CheckOwner(path));
  }
  return Restrict(whole);
}

}  // namespace vdiwatch::agent
