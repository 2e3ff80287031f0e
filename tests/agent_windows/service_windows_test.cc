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

TEST(BudgetDeathTest, MemoryEndsWhereTheBudgetDoes) {
  EXPECT_EXIT(
      {
        KeepWithin({.memory_bytes = 48u << 20, .cpu_percent = 5});
        void* small = ::VirtualAlloc(nullptr, 1u << 20, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
        void* large = ::VirtualAlloc(nullptr, 64u << 20, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
        std::_Exit(small != nullptr && large == nullptr ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vdiwatch::agent
