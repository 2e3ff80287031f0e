#include <windows.h>

#include <algorithm>

#include "agent/gather/join_windows.h"
#include "agent/gather/plan.h"
#include "tests/agent_windows/windows_machine.h"

namespace vdiwatch::agent {
namespace {

class ClaimsTest : public WindowsMachine {};

TEST_F(ClaimsTest, ThisMachineHasANameAndCards) {
  RawClaims claims = GatherClaims();
  EXPECT_FALSE(claims.host_name.empty());
  EXPECT_TRUE(std::ranges::none_of(claims.host_name, [](char c) { return c >= 'A' && c <= 'Z'; }));
  for (const std::string& mac : claims.mac_addresses) EXPECT_EQ(mac.size(), 17u);
  EXPECT_TRUE(claims.entra_tenant.empty());
  EXPECT_TRUE(claims.cloud_vm_id.empty());
}

TEST_F(ClaimsTest, AJoinToEntraTellsItsTenant) {
  SetText("HKLM\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo\\0A1B", "TenantId",
          "0E0ADB39-F83F-4576-9102-DB1B902CA108");
  EXPECT_EQ(ReadEntraJoin().tenant, "0e0adb39-f83f-4576-9102-db1b902ca108");
}

constexpr wchar_t kBootKey[] = L"SYSTEM\\vdiwatch boot";

class BootTest : public WindowsMachine {
 protected:
  // As if nobody had asked in this boot yet.
  static void Forget() { ::RegDeleteKeyW(HKEY_LOCAL_MACHINE, kBootKey); }
};

TEST_F(BootTest, OneBootHasOneId) {
  Forget();
  auto first = BootId();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->size(), 36u);
  EXPECT_EQ((*first)[14], '4');
  auto second = BootId();
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, *first);
}

TEST_F(BootTest, TheNextBootHasAnother) {
  Forget();
  auto first = BootId();
  Forget();
  auto second = BootId();
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
}

// The key must not reach the disk: below a volatile key Windows makes no lasting one.
TEST_F(BootTest, TheIdIsKeptInMemoryAlone) {
  Forget();
  ASSERT_TRUE(BootId());
  HKEY lasting = nullptr;
  LSTATUS error = ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"SYSTEM\\vdiwatch boot\\lasting", 0,
                                    nullptr, 0, KEY_READ, nullptr, &lasting, nullptr);
  EXPECT_EQ(error, ERROR_CHILD_MUST_BE_VOLATILE);
  if (error == ERROR_SUCCESS) {
    ::RegCloseKey(lasting);
    ::RegDeleteKeyW(HKEY_LOCAL_MACHINE, L"SYSTEM\\vdiwatch boot\\lasting");
  }
}

}  // namespace
}  // namespace vdiwatch::agent
