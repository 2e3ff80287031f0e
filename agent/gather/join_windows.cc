#include "agent/gather/join_windows.h"

#include <windows.h>

#include "agent/gather/registry_windows.h"
#include "agent/gather/terms_windows.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// DSREG_JOIN_INFO as far as it is read. Source: Microsoft, lmjoin.h (Windows 10 and later).
struct JoinInfo {
  int join_type;
  const void* certificate;
  const wchar_t* device_id;
  const wchar_t* idp_domain;
  const wchar_t* tenant_id;
};
constexpr int kDeviceJoin = 1;

using GetJoin = HRESULT(WINAPI*)(const wchar_t* tenant, JoinInfo** info);
using FreeJoin = void(WINAPI*)(JoinInfo* info);

template <class Function>
Function Find(HMODULE library, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(::GetProcAddress(library, name)));
}

std::string Small(const wchar_t* text) { return text ? ToLower(Utf8(text)) : ""; }

// Loaded by name: not every Windows has the function.
EntraJoin AskSystem() {
  HMODULE library = ::LoadLibraryExW(L"netapi32.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (library == nullptr) return {};
  auto get = Find<GetJoin>(library, "NetGetAadJoinInformation");
  auto free = Find<FreeJoin>(library, "NetFreeAadJoinInformation");
  EntraJoin join;
  JoinInfo* info = nullptr;
  if (get && free && SUCCEEDED(get(nullptr, &info)) && info != nullptr) {
    if (info->join_type == kDeviceJoin) join = {Small(info->tenant_id), Small(info->device_id)};
    free(info);
  }
  ::FreeLibrary(library);
  return join;
}

}  // namespace

EntraJoin ReadEntraJoin() {
  EntraJoin join = AskSystem();
  if (!join.tenant.empty()) return join;
  // Where the join stands: a key for it, named by its certificate.
  const std::string key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo";
  Reading reading = ReadSubkeys(key, 16);
  const auto* names = std::get_if<KeysReading>(&reading);
  for (std::size_t i = 0; names && i < names->keys.size() && join.tenant.empty(); ++i) {
    join.tenant = ToLower(RegistryText(key + "\\" + names->keys[i] + "@TenantId"));
  }
  return join;
}

}  // namespace vdiwatch::agent
