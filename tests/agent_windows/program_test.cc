#include <gtest/gtest.h>
#include <windows.h>

#include <algorithm>
#include <filesystem>

#include "agent/commands.h"
#include "agent/gather/terms_windows.h"
#include "agent/path.h"
#include "agent/published_verdict.h"
#include "agent/start.h"
#include "base/file.h"
#include "tests/agent/temp_folder.h"

// The programs as Windows starts them, and what else of them the registry sees.
namespace vdiwatch::agent {
namespace {

// What vdiwatch-agent.exe says on its error output, given these words.
std::string ErrorsOf(const std::wstring& words) {
  TempFolder folder;
  const auto file = folder.path() / "stderr";
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  OwnedHandle output(::CreateFileW(file.c_str(), GENERIC_WRITE, FILE_SHARE_READ, &inherited,
                                   CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
  STARTUPINFOW start{};
  start.cb = sizeof start;
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdError = output.get();
  PROCESS_INFORMATION process{};
  std::wstring command = PathOf(VDIWATCH_BIN_DIR "/vdiwatch-agent.exe").wstring();
  command = L"\"" + command + L"\" " + words;
  EXPECT_TRUE(::CreateProcessW(nullptr, command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr,
                               &start, &process));
  OwnedHandle running(process.hProcess), thread(process.hThread);
  EXPECT_EQ(::WaitForSingleObject(process.hProcess, 60'000), WAIT_OBJECT_0);
  auto text = ReadFile(file, 1 << 16);
  return text ? *text : text.error().message;
}

TEST(ProgramWindowsTest, ReadsItsCommandLineInAnyScript) {
  const std::string said = ErrorsOf(L"facts --evidence \"C:\\no \u00e4\u65e5\u672c.json\"");
  EXPECT_NE(said.find("cannot read C:\\no \u00e4\u65e5\u672c.json: "), std::string::npos) << said;
}

TEST(ProgramWindowsTest, ReversesTheWords) {
  std::vector<std::string> words = ReversedArguments(0, nullptr);
  std::ranges::reverse(words);
  const std::vector<std::string> all = testing::internal::GetArgvs();
  EXPECT_EQ(words, std::vector<std::string>(all.begin() + 1, all.end()));
}

TEST(ProgramWindowsTest, SealingTakesThePublishedVerdictAlong) {
  HKEY key = nullptr;
  ASSERT_EQ(::RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\vdiwatch\\Verdict", 0, nullptr, 0,
                              KEY_ALL_ACCESS | KEY_WOW64_64KEY, nullptr, &key, nullptr),
            ERROR_SUCCESS);
  ::RegCloseKey(key);
  TempFolder folder;
  ASSERT_TRUE(WriteFile(folder.path() / "agent.yaml",
                        "{collector: 'https://c.example', token: t, state_dir: state}",
                        FileMode::kPublic));
  const ConfigChoice choice{.file = folder.path() / "agent.yaml", .named = true};
  EXPECT_EQ(Seal(choice, true).value(), 1) << "and says that it is there";
  auto sealed = Seal(choice, false);
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(PublishedVerdict(), "");
  EXPECT_EQ(Seal(choice, true).value(), 0);
}

TEST(ProgramWindowsTest, ReasonsAreEnglishWithTheirNumber) {
  EXPECT_TRUE(ReasonOf(std::error_code(5, std::system_category())).ends_with(" (5)"));
}

}  // namespace
}  // namespace vdiwatch::agent
