#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// UTF-8 from and to the UTF-16 of Windows; what is not well-formed becomes U+FFFD.
std::wstring Wide(std::string_view utf8);
std::string Utf8(std::wstring_view wide);

// What an error number of Windows means for a reading; the detail is its text and the number.
MissingReading MissingBecause(unsigned long error);
// The same of what a call left in GetLastError().
MissingReading MissingBecauseOfLastError();

// Seconds since 1970 of a FILETIME (units of 100 ns since 1601).
std::int64_t UnixOf(std::uint64_t filetime);

// A handle that is closed with the scope; null and INVALID_HANDLE_VALUE are none.
class OwnedHandle {
 public:
  explicit OwnedHandle(void* handle = nullptr) : handle_(handle) {}
  ~OwnedHandle();
  OwnedHandle(OwnedHandle&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  OwnedHandle& operator=(OwnedHandle&&) = delete;
  void* get() const { return handle_; }
  bool is_open() const;

 private:
  void* handle_;
};

}  // namespace vdiwatch::agent
