#include <gtest/gtest.h>
#include <windows.h>
// After windows.h.
#include <sddl.h>

#include <filesystem>

#include "agent/folder_writers_windows.h"

namespace vdiwatch::agent {
namespace {

using Sids = std::vector<std::string>;
constexpr const char* kUsers = "S-1-5-32-545";
constexpr const char* kAda = "S-1-5-21-1-2-3-1001";

Sids Of(const wchar_t* sddl, Harm harm = Harm::kChange) {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  EXPECT_TRUE(::ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1,
                                                                     &descriptor, nullptr));
  Sids found = Strangers(descriptor, harm);
  ::LocalFree(descriptor);
  return found;
}

TEST(FolderWriters, ProgramFilesIsSafe) {
  // Its ACL on Windows 11: full control for its installer, SYSTEM and administrators, the creator's
  // below it; users read.
  EXPECT_EQ(Of(L"O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464G:SYD:PAI"
               L"(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;CO)"
               L"(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)"),
            Sids{});
}

TEST(FolderWriters, NamesWhoMayChangeAFolder) {
  EXPECT_EQ(Of(L"O:BAG:SYD:(A;;FA;;;SY)(A;;0x1301bf;;;BU)"), Sids{kUsers});
  EXPECT_EQ(Of(L"O:BAG:SYD:(A;;FA;;;SY)(A;;GW;;;BU)"), Sids{kUsers});
  EXPECT_EQ(Of(L"O:S-1-5-21-1-2-3-1001G:SYD:(A;;FA;;;SY)(A;;FA;;;S-1-5-21-1-2-3-1001)"), Sids{kAda})
      << "an owner counts, and once";
  EXPECT_EQ(Of(L"O:BAG:SYD:NO_ACCESS_CONTROL"), Sids{"S-1-1-0"});
}

TEST(FolderWriters, WhoMayMakeFoldersBesideDoesNoHarmFurtherUp) {
  // The root of a system disk: signed-in users may make folders there.
  const wchar_t* root =
      L"O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;;0x1200a9;;;BU)"
      L"(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)";
  EXPECT_EQ(Of(root, Harm::kReplace), Sids{});
  EXPECT_EQ(Of(root), Sids{"S-1-5-11"});
  EXPECT_EQ(Of(L"O:BAG:SYD:(A;;SD;;;BU)", Harm::kReplace), Sids{kUsers});
}

// Wine's drive C belongs to whom it runs for, who is nobody that Windows knows as an administrator.
TEST(FolderWriters, NamesEachPlaceOnTheWay) {
  const auto places = StrangersOnTheWayTo("C:\\windows\\system32\\cmd.exe");
  ASSERT_EQ(places.size(), 4u);
  EXPECT_TRUE(places[0].starts_with("C:\\windows\\system32\\cmd.exe (")) << places[0];
  EXPECT_TRUE(places[3].starts_with("C:\\ (")) << places[3];
}

}  // namespace
}  // namespace vdiwatch::agent
