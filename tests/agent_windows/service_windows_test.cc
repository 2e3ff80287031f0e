#include <gtest/gtest.h>
#include <messages.h>
#include <windows.h>

#include <filesystem>

#include "agent/budget_windows.h"

namespace vdiwatch::agent {
namespace {

// What the event viewer does with an entry: the text comes from the program that the source names.
std::wstring TextOf(const wchar_t* program, DWORD id, const wchar_t* insert) {
  HMODULE module = ::LoadLibraryExW(program, nullptr, LOAD_LIBRARY_AS_DATAFILE);
  if (module == nullptr) return L"";
  DWORD_PTR inserts[] = {reinterpret_cast<DWORD_PTR>(insert)};
  wchar_t text[512] = {};
  ::FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, module, id, 0, text,
                   std::size(text), reinterpret_cast<va_list*>(inserts));
  ::FreeLibrary(module);
  return text;
}

TEST(EventMessages, AreInTheProgram) {
  const std::wstring program =
      std::filesystem::path(VDIWATCH_BIN_DIR "/vdiwatch-agent.exe").wstring();
  EXPECT_EQ(TextOf(program.c_str(), EVENT_STARTED, L"version 1"),
            L"The vdiwatch agent started: version 1\r\n");
  EXPECT_EQ(TextOf(program.c_str(), EVENT_WARNING, L"no way"), L"no way\r\n");
  EXPECT_EQ(TextOf(program.c_str(), EVENT_ERROR, L"broken"), L"broken\r\n");
}

// Wine takes the limit on memory and knows none on processor time; it enforces neither.
TEST(BudgetDeathTest, IsTaken) {
  EXPECT_EXIT(
      {
        bool only_time = true;
        for (const std::string& lacking : KeepWithin(Budget{})) {
          only_time = only_time && lacking.find("processor time") != std::string::npos;
        }
        bool behind = ::GetPriorityClass(::GetCurrentProcess()) == BELOW_NORMAL_PRIORITY_CLASS;
        GiveMemoryBack();  // and goes on
        std::_Exit(only_time && behind ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vdiwatch::agent
