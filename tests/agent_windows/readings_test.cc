#include <windows.h>

#include <filesystem>
#include <limits>

#include "agent/gather/files_windows.h"
#include "agent/gather/plan.h"
#include "agent/gather/processes_windows.h"
#include "agent/gather/registry_windows.h"
#include "agent/gather/services_windows.h"
#include "agent/gather/system_windows.h"
#include "agent/gather/terms_windows.h"
#include "agent/gather/users_windows.h"
#include "tests/agent_windows/windows_machine.h"

namespace vdiwatch::agent {
namespace {

constexpr auto kPlace = "HKLM\\SOFTWARE\\vdiwatch test";

std::optional<Missing> Why(const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  return missing ? std::optional(missing->why) : std::nullopt;
}
std::string Detail(const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  return missing ? missing->detail : "";
}
std::string Text(const Reading& reading) {
  const auto* text = std::get_if<TextReading>(&reading);
  return text ? text->text : "";
}
std::string_view Bytes(std::wstring_view text) {
  return {reinterpret_cast<const char*>(text.data()), text.size() * sizeof(wchar_t)};
}

TEST(RegistryValueTest, TextEndsAtItsFirstNul) {
  using namespace std::string_view_literals;
  using namespace std::string_literals;
  EXPECT_EQ(Text(ReadingOfValue(REG_SZ, Bytes(L"abc\0"sv), 64)), "abc");
  EXPECT_EQ(Text(ReadingOfValue(REG_SZ, Bytes(L"abc"sv), 64)), "abc");
  EXPECT_EQ(Text(ReadingOfValue(REG_SZ, Bytes(L"abc\0def\0"sv), 64)), "abc");
  EXPECT_EQ(Text(ReadingOfValue(REG_EXPAND_SZ, Bytes(L"%TEMP%\0"sv), 64)), "%TEMP%");
  EXPECT_EQ(Text(ReadingOfValue(REG_SZ, Bytes(L"\xD83D\xDE00 \xD83D"sv), 64)), "😀 \xEF\xBF\xBD");
  EXPECT_EQ(Text(ReadingOfValue(REG_SZ, "", 64)), "");
  EXPECT_EQ(Why(ReadingOfValue(REG_SZ, "abc", 64)), Missing::kFailed);
}

TEST(RegistryValueTest, TheLimitCountsBytesOfUtf8) {
  EXPECT_EQ(Text(ReadingOfValue(REG_SZ, Bytes(L"äöü"), 6)), "äöü");
  EXPECT_EQ(Why(ReadingOfValue(REG_SZ, Bytes(L"äöüä"), 6)), Missing::kFailed);
  EXPECT_EQ(Why(ReadingOfValue(REG_MULTI_SZ, Bytes(std::wstring(L"abcd\0efgh\0", 10)), 7)),
            Missing::kFailed);
}

TEST(RegistryValueTest, NumbersHaveTheirSize) {
  std::uint32_t number = 0xFFFFFFFF;
  std::string_view bytes(reinterpret_cast<const char*>(&number), sizeof number);
  Reading reading = ReadingOfValue(REG_DWORD, bytes, 8);
  ASSERT_TRUE(std::holds_alternative<NumberReading>(reading));
  EXPECT_EQ(std::get<NumberReading>(reading).number, 0xFFFFFFFF);
  EXPECT_EQ(Why(ReadingOfValue(REG_QWORD, bytes, 8)), Missing::kFailed);
  EXPECT_EQ(Why(ReadingOfValue(REG_DWORD, bytes.substr(0, 3), 8)), Missing::kFailed);
  std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(Why(ReadingOfValue(REG_QWORD, {reinterpret_cast<const char*>(&huge), 8}, 8)),
            Missing::kFailed);
}

TEST(RegistryValueTest, WhateverIsNeitherTextNorNumberFails) {
  for (unsigned long type : {REG_NONE, REG_BINARY, REG_DWORD_BIG_ENDIAN, REG_LINK}) {
    EXPECT_EQ(Why(ReadingOfValue(type, "abcd", 64)), Missing::kFailed) << type;
  }
}

class RegistryTest : public WindowsMachine {
 protected:
  std::string Place(const std::string& what) { return kPlace + what; }
};

TEST_F(RegistryTest, ThePresentTheAbsentAndTheTooLarge) {
  SetText(kPlace, "Größe", "süß");
  SetText(kPlace, "long", std::string(3000, 'x'));
  SetNumber(kPlace, "number", 7);
  EXPECT_EQ(Text(ReadRegistry(Place("@Größe"), 64)), "süß");
  EXPECT_EQ(Why(ReadRegistry(Place("@nothing"), 64)), Missing::kAbsent);
  EXPECT_EQ(Why(ReadRegistry(Place("\\nothing@at all"), 64)), Missing::kAbsent);
  EXPECT_EQ(Why(ReadRegistry(Place("@long"), 1024)), Missing::kFailed);
  EXPECT_EQ(Detail(ReadRegistry(Place("@long"), 1024)), "it is larger than 1024 bytes");
  EXPECT_TRUE(std::holds_alternative<NumberReading>(ReadRegistry(Place("@number"), 1024)));
}

TEST_F(RegistryTest, WhenAKeyWasWritten) {
  const auto before = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - 2;
  SetText(kPlace, "a", "b");
  Reading reading = ReadRegistry(Place("#written"), 8);
  ASSERT_TRUE(std::holds_alternative<NumberReading>(reading)) << Detail(reading);
  EXPECT_GE(std::get<NumberReading>(reading).number, before);
  EXPECT_EQ(Why(ReadRegistry(Place("\\nothing#written"), 8)), Missing::kAbsent);
}

TEST_F(RegistryTest, NamesOfSubkeysUpToTheLimit) {
  for (const char* name : {"one", "two", "drei"}) AddKey(kPlace + std::string("\\") + name);
  Reading reading = ReadRegistry(Place("\\"), 64);
  ASSERT_TRUE(std::holds_alternative<KeysReading>(reading)) << Detail(reading);
  EXPECT_EQ(std::get<KeysReading>(reading).keys.size(), 3u);
  EXPECT_EQ(Why(ReadRegistry(Place("\\"), 6)), Missing::kFailed);
  EXPECT_EQ(Why(ReadSubkeys(kPlace, 2)), Missing::kFailed);
  EXPECT_EQ(Why(ReadRegistry(Place("\\nothing\\"), 64)), Missing::kAbsent);
}

// Wine's server minds a key's access list, even for an administrator.
TEST_F(RegistryTest, WhatNobodyMayReadIsDenied) {
  SetText(kPlace, "secret", "x");
  HKEY key = nullptr;
  ASSERT_EQ(::RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\vdiwatch test", 0,
                            READ_CONTROL | WRITE_DAC | KEY_WOW64_64KEY, &key),
            ERROR_SUCCESS);
  ACL nobody{};
  SECURITY_DESCRIPTOR closed{}, open{};
  ::InitializeAcl(&nobody, sizeof nobody, ACL_REVISION);
  for (auto* descriptor : {&closed, &open}) {
    ::InitializeSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION);
  }
  ::SetSecurityDescriptorDacl(&closed, TRUE, &nobody, FALSE);
  ::SetSecurityDescriptorDacl(&open, TRUE, nullptr, FALSE);  // everybody may all
  ASSERT_EQ(::RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, &closed), ERROR_SUCCESS);
  Reading value = ReadRegistry(Place("@secret"), 64), keys = ReadRegistry(Place("\\"), 64);
  EXPECT_EQ(::RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, &open), ERROR_SUCCESS);
  ::RegCloseKey(key);
  EXPECT_EQ(Why(value), Missing::kDenied) << Text(value);
  EXPECT_TRUE(Detail(value).ends_with(" (5)")) << Detail(value);
  EXPECT_EQ(Why(keys), Missing::kDenied);
}

TEST(ErrorsTest, OnlyWhatIsNotThereIsAbsent) {
  EXPECT_EQ(MissingBecause(ERROR_FILE_NOT_FOUND).why, Missing::kAbsent);
  EXPECT_EQ(MissingBecause(ERROR_SERVICE_DOES_NOT_EXIST).why, Missing::kAbsent);
  EXPECT_EQ(MissingBecause(ERROR_ACCESS_DENIED).why, Missing::kDenied);
  EXPECT_EQ(MissingBecause(ERROR_SHARING_VIOLATION).why, Missing::kFailed);
  EXPECT_EQ(MissingBecause(RPC_S_SERVER_UNAVAILABLE).why, Missing::kFailed);
  EXPECT_TRUE(MissingBecause(ERROR_ACCESS_DENIED).detail.ends_with(" (5)"));
}

TEST(ErrorsTest, FileTimesCountFrom1601) {
  EXPECT_EQ(UnixOf(116'444'736'000'000'000), 0);
  EXPECT_EQ(UnixOf(133'773'984'000'000'000), 1'732'924'800);
}

class FilesTest : public WindowsMachine {};

TEST_F(FilesTest, ReadsWhatIsThere) {
  WriteFile(L"C:\\vdiwatch-test\\süß\\a.json", "{\"ä\":1}");
  EXPECT_EQ(Text(ReadTextFile(L"C:\\vdiwatch-test\\süß\\a.json", 64)), "{\"ä\":1}");
  EXPECT_TRUE(
      std::holds_alternative<StateReading>(ReadPresence(L"C:\\vdiwatch-test\\süß\\a.json")));
  EXPECT_TRUE(std::holds_alternative<StateReading>(ReadPresence(L"C:\\vdiwatch-test\\süß")));
  EXPECT_TRUE(
      std::holds_alternative<NumberReading>(ReadWritten(L"C:\\vdiwatch-test\\süß\\a.json")));
  EXPECT_EQ(Text(ReadTextFileWithin(L"C:\\vdiwatch-test", L"süß\\a.json", 64)), "{\"ä\":1}");
}

TEST_F(FilesTest, MissingStepsAreAbsent) {
  WriteFile(L"C:\\vdiwatch-test\\file", "x");
  for (const wchar_t* path : {L"C:\\vdiwatch-test\\no", L"C:\\no\\such\\file",
                              L"C:\\vdiwatch-test\\file\\below", L"Q:\\anything"}) {
    EXPECT_EQ(Why(ReadTextFile(path, 64)), Missing::kAbsent) << Utf8(path);
    EXPECT_EQ(Why(ReadPresence(path)), Missing::kAbsent) << Utf8(path);
  }
}

TEST_F(FilesTest, FoldersRelativePathsAndLargeFilesFail) {
  WriteFile(L"C:\\vdiwatch-test\\large", std::string(5000, 'x'));
  EXPECT_EQ(Why(ReadTextFile(L"C:\\vdiwatch-test\\large", 4999)), Missing::kFailed);
  EXPECT_EQ(Text(ReadTextFile(L"C:\\vdiwatch-test\\large", 5000)).size(), 5000u);
  EXPECT_EQ(Why(ReadTextFile(L"C:\\vdiwatch-test", 64)), Missing::kFailed);
  EXPECT_EQ(Why(ReadTextFile(L"large", 64)), Missing::kFailed);
  EXPECT_EQ(Why(ReadTextFileWithin(L"\\\\server\\share\\anna", L"a", 64)), Missing::kFailed);
}

// A program that lets nobody read beside it.
TEST_F(FilesTest, AFileThatIsLockedFails) {
  WriteFile(L"C:\\vdiwatch-test\\locked", "x");
  OwnedHandle lock(::CreateFileW(L"C:\\vdiwatch-test\\locked", GENERIC_READ, 0, nullptr,
                                 OPEN_EXISTING, 0, nullptr));
  ASSERT_TRUE(lock.is_open());
  Reading reading = ReadTextFile(L"C:\\vdiwatch-test\\locked", 64);
  EXPECT_EQ(Why(reading), Missing::kFailed);
  EXPECT_TRUE(Detail(reading).ends_with(" (32)")) << Detail(reading);
}

TEST(FileTextTest, Utf16IsConvertedAndOtherBytesAreMarked) {
  EXPECT_EQ(TextOfFile(std::string("\xFF\xFE", 2) + std::string(Bytes(L"[ä]"))), "[ä]");
  EXPECT_EQ(TextOfFile("Gr\xFC\xDF"), "Gr??");
  EXPECT_EQ(TextOfFile(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(TextOfFile("ä"), "ä");
}

// Wine has no links to test with; the tags are Windows' own.
TEST(LinksTest, WhatStandsForAnotherPlaceLeadsElsewhere) {
  constexpr unsigned long kReparse = FILE_ATTRIBUTE_REPARSE_POINT;
  EXPECT_TRUE(LeadsElsewhere(kReparse, 0xA000000C));                             // symbolic link
  EXPECT_TRUE(LeadsElsewhere(kReparse | FILE_ATTRIBUTE_DIRECTORY, 0xA0000003));  // junction
  EXPECT_FALSE(LeadsElsewhere(kReparse, 0x80000023));                            // AF_UNIX socket
  EXPECT_FALSE(LeadsElsewhere(kReparse, 0x9000001A));                            // cloud file
  EXPECT_FALSE(LeadsElsewhere(FILE_ATTRIBUTE_DIRECTORY, 0));
}

TEST(PersonsTest, OnlyAccountsOfPeopleCount) {
  EXPECT_TRUE(IsPerson("S-1-5-21-1-2-3-1001"));
  EXPECT_TRUE(IsPerson("S-1-12-1-1-2-3-4"));
  for (const char* nobody :
       {"S-1-5-18", "S-1-5-19", "S-1-5-20", ".DEFAULT", "S-1-5-21-1-2-3-1001_Classes",
        "S-1-5-21-1-2-3-1001.bak", "S-1-5-82-1-2-3-4-5", "S-1-5-80-1"}) {
    EXPECT_FALSE(IsPerson(nobody)) << nobody;
  }
}

class UsersTest : public WindowsMachine {};

TEST_F(UsersTest, AreNumberedOnceForProfilesHivesAndProcesses) {
  AddProfile("S-1-5-21-9-9-9-1", "zoe");
  SetText("HKU\\S-1-5-21-9-9-9-2\\Software", "x", "y");
  SetText("HKU\\S-1-5-21-9-9-9-2_Classes\\x", "x", "y");
  Users users = Users::Meet();
  const User *zoe = nullptr, *other = nullptr;
  for (const User& user : users.all()) {
    if (user.sid == "S-1-5-21-9-9-9-1") zoe = &user;
    if (user.sid == "S-1-5-21-9-9-9-2") other = &user;
    EXPECT_EQ(user.sid.find("_Classes"), std::string::npos);
    EXPECT_EQ(users.NumberOf(user.sid), user.number);
  }
  ASSERT_NE(zoe, nullptr);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(zoe->folder, L"C:\\Users\\zoe");
  EXPECT_FALSE(zoe->hive_loaded);
  EXPECT_TRUE(other->hive_loaded);
  EXPECT_NE(zoe->number, other->number);

  const RunningProcess running[] = {{"com.docker.backend.exe", 11, 1},
                                    {"COM.DOCKER.BACKEND.EXE", 12, 2},
                                    {"keepassxc.exe", 13, 1},
                                    {"com.docker.backend.exe", 14, 3},
                                    {"com.docker.backend.exe", 15, 0}};
  auto owner = [](const RunningProcess& process) -> std::string {
    if (process.pid == 11) return "S-1-5-21-9-9-9-1";
    if (process.pid == 12) return "S-1-5-21-9-9-9-2";
    return process.pid == 15 ? "S-1-5-18" : "";
  };
  ProcessesReading reading = PlannedAmong(running, owner, users);
  ASSERT_EQ(reading.list.size(), 4u);
  EXPECT_EQ(reading.list[0].owner, zoe->number);
  EXPECT_EQ(reading.list[1].owner, other->number);
  EXPECT_EQ(reading.list[1].session, 2);
  EXPECT_EQ(reading.list[2].owner, -1);
  EXPECT_GT(reading.list[3].owner, static_cast<std::int64_t>(users.all().size()));
}

TEST(FirmwareTest, TheHeaderOfWindowsIsCutOff) {
  const std::string structure = std::string("\x7f\x04\0\0\0\0", 6);
  const std::string header = std::string("\0\x03\x02\0\x06\0\0\0", 8);
  Reading reading = StructuresOf(header + structure + "rest");
  ASSERT_TRUE(std::holds_alternative<BytesReading>(reading));
  EXPECT_EQ(std::get<BytesReading>(reading).bytes, structure);
  EXPECT_EQ(Why(StructuresOf("")), Missing::kFailed);
  EXPECT_EQ(Why(StructuresOf(header.substr(0, 7))), Missing::kFailed);
  EXPECT_EQ(Why(StructuresOf(header + structure.substr(1))), Missing::kFailed);
  EXPECT_EQ(Why(StructuresOf(std::string("\0\x03\x02\0\xff\xff\xff\xff", 8))), Missing::kFailed);
}

TEST(ApiTest, TellsTheSystemsOwnNumbers) {
  auto number = [](std::string_view name) {
    Reading reading = ReadApi(name);
    const auto* told = std::get_if<NumberReading>(&reading);
    return told ? told->number : -1;
  };
  EXPECT_GT(number("logical_processors"), 0);
  EXPECT_GT(number("installed_memory_kib"), 0);
  EXPECT_GT(number("boot_time"), 1'500'000'000);
  EXPECT_GE(number("processor_feature.21"), 0);
  EXPECT_EQ(Text(ReadApi("native_machine")), "x64");
  EXPECT_EQ(Why(ReadApi("something else")), Missing::kNotGathered);
}

TEST(ServicesTest, WhatIsNotInstalledIsAbsent) {
  ServiceManager manager;
  EXPECT_EQ(Why(manager.Read("no such service")), Missing::kAbsent);
  EXPECT_EQ(Why(manager.Read("")), Missing::kFailed);
}

}  // namespace
}  // namespace vdiwatch::agent
