#include <fmt/format.h>
#include <windows.h>
// After windows.h, which it does not include itself.
#include <bcrypt.h>

#include "agent/gather/plan.h"
#include "agent/gather/registry_windows.h"
#include "agent/gather/terms_windows.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Kept in memory alone: it goes with the boot, is in no image, and no write filter keeps it.
// Hibernation and Windows' "fast" shutdown carry it on, as they carry the kernel on.
constexpr wchar_t kKey[] = L"SYSTEM\\vdiwatch boot";
constexpr wchar_t kValue[] = L"id";
constexpr std::string_view kPlace = "HKLM\\SYSTEM\\vdiwatch boot@id";

// A random UUID, version 4; empty if the system has no randomness.
std::string RandomId() {
  unsigned char b[16];
  constexpr NTSTATUS kSuccess = 0;
  if (::BCryptGenRandom(nullptr, b, sizeof b, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != kSuccess)
    return "";
  b[6] = static_cast<unsigned char>((b[6] & 0x0F) | 0x40);
  b[8] = static_cast<unsigned char>((b[8] & 0x3F) | 0x80);
  std::string id;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", b[i]);
  }
  return id;
}

// One program at a time makes the id.
class Turn {
 public:
  Turn() : mutex_(::CreateMutexW(nullptr, FALSE, L"Global\\vdiwatch boot id")) {
    constexpr DWORD kPatienceMs = 5000;
    if (mutex_.is_open()) waited_ = ::WaitForSingleObject(mutex_.get(), kPatienceMs);
  }
  ~Turn() {
    if (waited_ == WAIT_OBJECT_0 || waited_ == WAIT_ABANDONED) ::ReleaseMutex(mutex_.get());
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  OwnedHandle mutex_;
  DWORD waited_ = WAIT_FAILED;
};

Error CannotMark(LSTATUS error) {
  std::string message = fmt::format("cannot mark this boot in HKLM\\SYSTEM: {}",
                                    MissingBecause(static_cast<unsigned long>(error)).detail);
  return error == ERROR_ACCESS_DENIED ? Denied(std::move(message))
                                      : Unavailable(std::move(message));
}

Result<std::string> MarkBoot() {
  const std::string id = RandomId();
  if (id.empty()) return Unavailable("the system has no random numbers");
  HKEY key = nullptr;
  LSTATUS error = ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, kKey, 0, nullptr, REG_OPTION_VOLATILE,
                                    KEY_SET_VALUE | KEY_WOW64_64KEY, nullptr, &key, nullptr);
  if (error != ERROR_SUCCESS) return CannotMark(error);
  const std::wstring text = Wide(id);
  error = ::RegSetValueExW(key, kValue, 0, REG_SZ, reinterpret_cast<const BYTE*>(text.c_str()),
                           static_cast<DWORD>((text.size() + 1) * sizeof(wchar_t)));
  ::RegCloseKey(key);
  if (error != ERROR_SUCCESS) return CannotMark(error);
  return id;
}

}  // namespace

Result<std::string> BootId() {
  if (std::string id = RegistryText(kPlace); !id.empty()) return id;
  Turn turn;
  if (std::string id = RegistryText(kPlace); !id.empty()) return id;
  return MarkBoot();
}

}  // namespace vdiwatch::agent
