#include "agent/gather/registry_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include <cstring>
#include <limits>

#include "agent/gather/terms_windows.h"

namespace vdiwatch::agent {
namespace {

MissingReading Failed(std::string why) { return {Missing::kFailed, std::move(why)}; }
MissingReading TooLarge(std::size_t max_bytes) {
  return Failed(fmt::format("it is larger than {} bytes", max_bytes));
}

// An open key, or the error of opening it.
class Key {
 public:
  Key(std::string_view path, REGSAM access) {
    constexpr std::string_view kMachine = "HKLM\\", kUsers = "HKU\\";
    bool machine = path.starts_with(kMachine);
    HKEY hive = machine ? HKEY_LOCAL_MACHINE : HKEY_USERS;
    if (path == "HKU") path = kUsers;
    path.remove_prefix(machine ? kMachine.size() : kUsers.size());
    error_ = static_cast<DWORD>(
        ::RegOpenKeyExW(hive, Wide(path).c_str(), 0, access | KEY_WOW64_64KEY, &key_));
  }
  ~Key() {
    if (error_ == ERROR_SUCCESS) ::RegCloseKey(key_);
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  HKEY get() const { return key_; }
  DWORD error() const { return error_; }

 private:
  HKEY key_ = nullptr;
  DWORD error_;
};

// Up to the first NUL: writers do not always end a text with one, or end it with several.
std::wstring_view CutAtNul(std::wstring_view text) { return text.substr(0, text.find(L'\0')); }

std::wstring Units(std::string_view bytes) {
  std::wstring units(bytes.size() / sizeof(wchar_t), L'\0');
  std::memcpy(units.data(), bytes.data(), units.size() * sizeof(wchar_t));
  return units;
}

Reading TextOf(std::string_view bytes, std::size_t max_bytes) {
  if (bytes.size() % sizeof(wchar_t) != 0) return Failed("it is text with half a character");
  std::string text = Utf8(CutAtNul(Units(bytes)));
  if (text.size() > max_bytes) return TooLarge(max_bytes);
  return TextReading{std::move(text)};
}

Reading LinesOf(std::string_view bytes, std::size_t max_bytes) {
  if (bytes.size() % sizeof(wchar_t) != 0) return Failed("it is text with half a character");
  KeysReading lines;
  std::size_t total = 0;
  const std::wstring units = Units(bytes);
  for (std::wstring_view rest = units; !CutAtNul(rest).empty();) {
    std::wstring_view line = CutAtNul(rest);
    lines.keys.push_back(Utf8(line));
    total += lines.keys.back().size();
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  if (total > max_bytes) return TooLarge(max_bytes);
  return lines;
}

template <class Number>
Reading NumberOf(std::string_view bytes) {
  Number number{};
  if (bytes.size() != sizeof number) return Failed("it is a number of a wrong size");
  std::memcpy(&number, bytes.data(), sizeof number);
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Failed("it is a number out of range");
  }
  return NumberReading{static_cast<std::int64_t>(number)};
}

Reading ReadValue(std::string_view path, std::string_view value, std::size_t max_bytes) {
  Key key(path, KEY_QUERY_VALUE);
  if (key.error() != ERROR_SUCCESS) return MissingBecause(key.error());
  // Twice the bytes of UTF-8 hold any text within the limit, and its NUL.
  std::string bytes(2 * max_bytes + 4, '\0');
  DWORD type = 0, size = static_cast<DWORD>(bytes.size());
  auto error = static_cast<DWORD>(::RegQueryValueExW(key.get(), Wide(value).c_str(), nullptr, &type,
                                                     reinterpret_cast<BYTE*>(bytes.data()), &size));
  if (error == ERROR_MORE_DATA) return TooLarge(max_bytes);
  if (error != ERROR_SUCCESS) return MissingBecause(error);
  return ReadingOfValue(type, std::string_view(bytes).substr(0, size), max_bytes);
}

Reading ReadWritten(std::string_view path) {
  Key key(path, KEY_QUERY_VALUE);
  if (key.error() != ERROR_SUCCESS) return MissingBecause(key.error());
  FILETIME time{};
  auto error =
      static_cast<DWORD>(::RegQueryInfoKeyW(key.get(), nullptr, nullptr, nullptr, nullptr, nullptr,
                                            nullptr, nullptr, nullptr, nullptr, nullptr, &time));
  if (error != ERROR_SUCCESS) return MissingBecause(error);
  return NumberReading{UnixOf(std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime)};
}

// Up to `max_names` names, of `max_bytes` in all.
Reading ReadNames(std::string_view path, std::size_t max_names, std::size_t max_bytes) {
  Key key(path, KEY_ENUMERATE_SUB_KEYS);
  if (key.error() != ERROR_SUCCESS) return MissingBecause(key.error());
  KeysReading names;
  std::size_t total = 0;
  for (DWORD i = 0;; ++i) {
    wchar_t name[256];  // a key's name has at most 255 characters
    DWORD size = std::size(name);
    auto error = static_cast<DWORD>(
        ::RegEnumKeyExW(key.get(), i, name, &size, nullptr, nullptr, nullptr, nullptr));
    if (error == ERROR_NO_MORE_ITEMS) return names;
    if (error != ERROR_SUCCESS) return MissingBecause(error);
    if (i == max_names) return Failed(fmt::format("it holds more than {} keys", max_names));
    names.keys.push_back(Utf8(std::wstring_view(name, size)));
    total += names.keys.back().size();
    if (total > max_bytes) return TooLarge(max_bytes);
  }
}

}  // namespace

Reading ReadingOfValue(unsigned long type, std::string_view bytes, std::size_t max_bytes) {
  switch (type) {
    case REG_SZ:
    case REG_EXPAND_SZ:
      return TextOf(bytes, max_bytes);
    case REG_MULTI_SZ:
      return LinesOf(bytes, max_bytes);
    case REG_DWORD:
      return NumberOf<std::uint32_t>(bytes);
    case REG_QWORD:
      return NumberOf<std::uint64_t>(bytes);
    default:
      return Failed(fmt::format("it has the registry's type {}", type));
  }
}

Reading ReadRegistry(std::string_view place, std::size_t max_bytes) {
  constexpr std::string_view kWritten = "#written";
  if (place.ends_with('\\')) {
    place.remove_suffix(1);
    return ReadNames(place, max_bytes, max_bytes);
  }
  if (place.ends_with(kWritten)) {
    place.remove_suffix(kWritten.size());
    return ReadWritten(place);
  }
  const std::size_t at = place.rfind('@');
  if (at == std::string_view::npos) return Failed("it names no value");
  return ReadValue(place.substr(0, at), place.substr(at + 1), max_bytes);
}

Reading ReadSubkeys(std::string_view key, std::size_t max_names) {
  return ReadNames(key, max_names, std::numeric_limits<std::size_t>::max());
}

std::string RegistryText(std::string_view place) {
  Reading reading = ReadRegistry(place, 1024);
  const auto* text = std::get_if<TextReading>(&reading);
  return text ? text->text : "";
}

}  // namespace vdiwatch::agent
