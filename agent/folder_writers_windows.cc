#include "agent/folder_writers_windows.h"

#include <aclapi.h>
#include <fmt/format.h>
#include <sddl.h>
#include <windows.h>

#include <algorithm>
#include <memory>

#include "agent/gather/terms_windows.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

constexpr DWORD kReplace = FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL;
constexpr DWORD kChange = kReplace | FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE;

std::string TextOf(PSID sid) {
  wchar_t* text = nullptr;
  if (!::ConvertSidToStringSidW(sid, &text)) return "";
  std::unique_ptr<wchar_t, FreeLocal> owned(text);
  return Utf8(text);
}

bool IsStranger(const std::string& sid) {
  constexpr std::string_view kKnown[] = {
      "S-1-5-18", "S-1-5-32-544",
      // NT SERVICE\TrustedInstaller, which owns what Windows brought
      "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"};
  return !sid.empty() && std::ranges::find(kKnown, sid) == std::end(kKnown);
}

// "BUILTIN\Users", or the SID where nobody knows its name.
std::string NameOf(const std::string& sid) {
  PSID raw = nullptr;
  if (!::ConvertStringSidToSidW(Wide(sid).c_str(), &raw)) return sid;
  std::unique_ptr<void, FreeLocal> owned(raw);
  wchar_t name[256], domain[256];
  DWORD name_size = std::size(name), domain_size = std::size(domain);
  SID_NAME_USE use{};
  if (!::LookupAccountSidW(nullptr, raw, name, &name_size, domain, &domain_size, &use)) return sid;
  return fmt::format("{}\\{}", Utf8(domain), Utf8(name));
}

std::vector<std::string> StrangersAt(const fs::path& place, Harm harm) {
  PSECURITY_DESCRIPTOR raw = nullptr;
  DWORD error = ::GetNamedSecurityInfoW(place.c_str(), SE_FILE_OBJECT,
                                        OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                        nullptr, nullptr, nullptr, nullptr, &raw);
  std::unique_ptr<void, FreeLocal> held(raw);
  return error == ERROR_SUCCESS ? Strangers(raw, harm) : std::vector<std::string>();
}

}  // namespace

std::vector<std::string> Strangers(void* descriptor, Harm harm) {
  std::vector<std::string> found;
  auto add = [&](PSID sid) {
    std::string text = TextOf(sid);
    if (IsStranger(text) && std::ranges::find(found, text) == found.end()) found.push_back(text);
  };
  BOOL defaulted = FALSE, present = FALSE;
  PSID owner = nullptr;
  PACL acl = nullptr;
  // An owner can give himself every right.
  if (::GetSecurityDescriptorOwner(descriptor, &owner, &defaulted) && owner != nullptr) add(owner);
  if (!::GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted)) return found;
  if (!present || acl == nullptr) return {"S-1-1-0"};  // no list: everybody may do everything
  for (DWORD i = 0; i < acl->AceCount; ++i) {
    void* entry = nullptr;
    if (!::GetAce(acl, i, &entry)) continue;
    auto* ace = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    if (ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE) continue;
    if ((ace->Header.AceFlags & INHERIT_ONLY_ACE) != 0) continue;
    if ((ace->Mask & (harm == Harm::kChange ? kChange : kReplace)) == 0) continue;
    add(&ace->SidStart);
  }
  return found;
}

std::vector<std::string> StrangersOnTheWayTo(const fs::path& program) {
  std::vector<std::string> places;
  for (fs::path place = program;; place = place.parent_path()) {
    bool close = place == program || place == program.parent_path();
    std::vector<std::string> names;
    for (const auto& sid : StrangersAt(place, close ? Harm::kChange : Harm::kReplace)) {
      names.push_back(NameOf(sid));
    }
    if (!names.empty()) {
      places.push_back(fmt::format("{} ({})", place.string(), Join(names, ", ")));
    }
    if (place == place.parent_path()) return places;
  }
}

}  // namespace vdiwatch::agent
