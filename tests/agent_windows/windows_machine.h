#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// What a test adds to the Windows that it runs on, and takes away again: keys of the registry,
// services, folders. Meant for Wine's, whose prefix is the test's own; it refuses any other
// Windows.
class WindowsMachine : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // `key` is "HKLM\\…" or "HKU\\…", of the 64-bit view unless it is to be the other.
  enum class View { k64, k32 };
  void SetText(const std::string& key, const std::string& value, const std::string& text,
               View view = View::k64);
  void SetNumber(const std::string& key, const std::string& value, std::uint32_t number);
  void SetBytes(const std::string& key, const std::string& value, unsigned long type,
                std::string_view bytes, View view = View::k64);
  void AddKey(const std::string& key);

  // A service of this name, which runs if it is to; `start` is a number of the registry's.
  void AddService(const std::string& name, bool runs, unsigned long start = 2 /* automatic */);

  // A person with a profile below C:\Users; the hive is "loaded" as soon as a key of it is set.
  void AddProfile(const std::string& sid, const std::string& folder);
  void WriteFile(const std::wstring& path, std::string_view text);
  // A program of this name that runs until the test ends.
  void StartProgram(const std::string& name);

 private:
  struct Program {
    void *process, *input;
  };
  std::vector<Program> programs_;
  std::vector<std::string> keys_;
  std::vector<std::wstring> services_, folders_, files_;
};

// The SID that this test runs under.
std::string OwnSid();

std::string TextOf(const Evidence& evidence, std::string_view locator);
std::int64_t NumberOf(const Evidence& evidence, std::string_view locator);  // -1 if it is none
std::string StateOf(const Evidence& evidence, std::string_view locator);
const MissingReading* MissingOf(const Evidence& evidence, std::string_view locator);
// The reason; nothing for a reading that is there.
std::optional<Missing> WhyNot(const Evidence& evidence, std::string_view locator);

}  // namespace vdiwatch::agent
