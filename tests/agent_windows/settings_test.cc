#include "agent/settings.h"

#include <gtest/gtest.h>
#include <windows.h>

#include "agent/config.h"
#include "base/file.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

constexpr const wchar_t* kPolicy = L"SOFTWARE\\Policies\\vdiwatch\\Agent";
constexpr const wchar_t* kInstallation = L"SOFTWARE\\vdiwatch\\Agent";
constexpr const char* kPin =
    "sha256:0000000000000000000000000000000000000000000000000000000000000001";

// The two keys of this prefix, empty before and after each test.
class SettingsWindowsTest : public testing::Test {
 protected:
  SettingsWindowsTest() { Clear(); }
  ~SettingsWindowsTest() override { Clear(); }

  static void Clear() {
    for (REGSAM view : {KEY_WOW64_64KEY, KEY_WOW64_32KEY}) {
      for (const wchar_t* key : {kPolicy, kInstallation}) {
        RegDeleteKeyExW(HKEY_LOCAL_MACHINE, key, view, 0);
      }
    }
  }
  static void Put(const wchar_t* path, const std::wstring& name, DWORD type, const void* data,
                  std::size_t size, REGSAM view = KEY_WOW64_64KEY) {
    HKEY key = nullptr;
    ASSERT_EQ(RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, nullptr, 0, KEY_WRITE | view, nullptr,
                              &key, nullptr),
              ERROR_SUCCESS);
    EXPECT_EQ(RegSetValueExW(key, name.c_str(), 0, type, static_cast<const BYTE*>(data),
                             static_cast<DWORD>(size)),
              ERROR_SUCCESS);
    RegCloseKey(key);
  }
  static void Put(const wchar_t* path, const std::wstring& name, const std::wstring& text,
                  REGSAM view = KEY_WOW64_64KEY) {
    Put(path, name, REG_SZ, text.c_str(), (text.size() + 1) * sizeof(wchar_t), view);
  }
  static bool Has(const wchar_t* path, const wchar_t* name) {
    return RegGetValueW(HKEY_LOCAL_MACHINE, path, name, RRF_RT_ANY | RRF_SUBKEY_WOW6464KEY, nullptr,
                        nullptr, nullptr) == ERROR_SUCCESS;
  }

  TempFolder folder_;
};

TEST_F(SettingsWindowsTest, ReadsBothKeysWithThePolicyFirst) {
  Put(kInstallation, L"collector", L"https://msi.example");
  Put(kInstallation, L"ca_pin", std::wstring(kPin, kPin + 71));
  Put(kInstallation, L"token", L"vdw_enrol_x");
  Put(kInstallation, L"pool", L"Caf\u00e9");
  Put(kPolicy, L"Collector", L"https://policy.example");
  auto config = LoadConfig({.file = folder_.path() / "agent.yaml", .named = false});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->collector.host, "policy.example");
  EXPECT_EQ(config->pool, "Caf\xC3\xA9");
  EXPECT_EQ(config->token, "vdw_enrol_x");
  EXPECT_EQ(config->proxy, "system");
  std::string shown = ShowConfig(*config);
  EXPECT_NE(shown.find("# policy HKLM\\SOFTWARE\\Policies\\vdiwatch\\Agent@Collector; not "
                       "installation HKLM\\SOFTWARE\\vdiwatch\\Agent@collector"),
            std::string::npos)
      << shown;
}

TEST_F(SettingsWindowsTest, TheFileIsTheWeakestLayer) {
  Put(kInstallation, L"collector", L"https://msi.example");
  auto file = folder_.path() / "agent.yaml";
  ASSERT_TRUE(WriteFile(file, "{collector: https://file.example, ca_file: ca.pem, token: t}",
                        FileMode::kPublic));
  auto config = LoadConfig({.file = file, .named = true});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->collector.host, "msi.example");
  EXPECT_EQ(config->ca_file, folder_.path() / "ca.pem");
}

TEST_F(SettingsWindowsTest, PathsKeepTheirLettersAndTheirShare) {
  Put(kInstallation, L"collector", L"https://collector.corp.example");
  Put(kInstallation, L"ca_file", L"\\\\corp.example\\NETLOGON\\ca.pem");
  Put(kInstallation, L"token", L"vdw_enrol_x");
  Put(kInstallation, L"state_dir", L"C:\\M\u00fcller \u00df\\\u65e5\u672c");
  auto config = LoadConfig({.file = folder_.path() / "agent.yaml", .named = false});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->state_dir.wstring(), L"C:\\M\u00fcller \u00df\\\u65e5\u672c");
  EXPECT_EQ(config->ca_file.wstring(), L"\\\\corp.example\\NETLOGON\\ca.pem");
}

TEST_F(SettingsWindowsTest, StateLiesInAFolderOfALocalDisk) {
  Put(kInstallation, L"collector", L"https://collector.corp.example");
  Put(kInstallation, L"ca_pin", std::wstring(kPin, kPin + 71));
  Put(kInstallation, L"token", L"vdw_enrol_x");
  for (const wchar_t* wrong : {L"\\\\srv\\share\\state", L"D:state", L"\\\\?\\C:\\t"}) {
    Put(kInstallation, L"state_dir", std::wstring(wrong));
    auto config = LoadConfig({.file = folder_.path() / "agent.yaml", .named = false});
    ASSERT_FALSE(config);
    EXPECT_NE(config.error().message.find("state_dir"), std::string::npos)
        << config.error().message;
  }
}

TEST_F(SettingsWindowsTest, WithoutAnySettingTheFileIsMissed) {
  auto config = LoadConfig({.file = folder_.path() / "agent.yaml", .named = false});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::kNotFound);
}

TEST_F(SettingsWindowsTest, WrongTypesAndTooLongValuesAreMistakesWithTheirPlace) {
  DWORD number = 7;
  Put(kPolicy, L"pool", REG_DWORD, &number, sizeof number);
  Put(kInstallation, L"proxy", std::wstring(5000, L'x'));
  auto config = LoadConfig({.file = folder_.path() / "agent.yaml", .named = false});
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("HKLM\\SOFTWARE\\Policies\\vdiwatch\\Agent@pool: must be "
                                        "REG_SZ, not REG_DWORD"),
            std::string::npos)
      << config.error().message;
  EXPECT_NE(config.error().message.find("Agent@proxy: is over 4096 characters long"),
            std::string::npos)
      << config.error().message;
}

TEST_F(SettingsWindowsTest, The32BitViewIsNotRead) {
  Put(kInstallation, L"collector", L"https://wrong.example", KEY_WOW64_32KEY);
  for (const auto& layer : LayersOfSystem()) EXPECT_TRUE(layer.settings.empty()) << layer.place;
}

TEST_F(SettingsWindowsTest, TheTokenMovesOutOfTheRegistry) {
  auto file = folder_.path() / "token";
  ASSERT_TRUE(TakeInstalledToken(file)) << "no key, nothing to take";
  Put(kInstallation, L"token", L" vdw_enrol_once ");
  Put(kInstallation, L"pool", L"stays");
  ASSERT_TRUE(TakeInstalledToken(file));
  EXPECT_EQ(*ReadFile(file, 100), "vdw_enrol_once\n");
  EXPECT_FALSE(Has(kInstallation, L"token"));
  EXPECT_TRUE(Has(kInstallation, L"pool"));
  ASSERT_TRUE(TakeInstalledToken(file)) << "the next start";
  EXPECT_EQ(*ReadFile(file, 100), "vdw_enrol_once\n");
  Put(kInstallation, L"token", L"vdw_enrol_next");
  ASSERT_TRUE(TakeInstalledToken(file)) << "an upgrade brought another";
  EXPECT_EQ(*ReadFile(file, 100), "vdw_enrol_next\n");
}

TEST_F(SettingsWindowsTest, ATokenThatCannotBeKeptStaysWhereItIs) {
  Put(kInstallation, L"token", L"vdw_enrol_once");
  EXPECT_FALSE(TakeInstalledToken(folder_.path() / "no folder" / "token"));
  EXPECT_TRUE(Has(kInstallation, L"token"));
}

TEST_F(SettingsWindowsTest, DefaultsArePlacesOfTheSystem) {
  EXPECT_EQ(DefaultConfigFile().filename(), "agent.yaml");
  EXPECT_EQ(DefaultStateDir(), "C:\\ProgramData\\vdiwatch\\agent");
}

}  // namespace
}  // namespace vdiwatch::agent
