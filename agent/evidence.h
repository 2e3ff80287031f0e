#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "report/fact.h"

namespace vdiwatch::agent {

// What one locator gave, and nothing about what it means. Shapes as in vdiwatch-evidence/1.
struct CpuidReading {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
struct TextReading {
  std::string text;
};
struct NumberReading {
  std::int64_t number = 0;
};
struct BytesReading {
  std::string bytes;
};
struct KeysReading {
  std::vector<std::string> keys;  // names below a registry key or folder
};
struct StateReading {
  std::string state;  // service: running, stopped, …; feature: enabled, disabled
  std::string start;  // service: automatic, manual, disabled; empty if not told
};
struct ProcessEntry {
  std::string name;
  std::int64_t pid = 0;
  std::int64_t session = -1;
  std::int64_t owner = -1;  // numbers the distinct users of one recording; -1 if not known
};
struct ProcessesReading {
  std::vector<ProcessEntry> list;
};
struct SessionEntry {
  std::int64_t id = -1;
  std::string state;
};
struct SessionsReading {
  std::vector<SessionEntry> list;
};
struct RowsReading {
  Json rows;  // WMI: array of objects
};
struct MissingReading {
  Missing why = Missing::kNotGathered;
  std::string detail;  // "access denied (5)"
};
using Reading =
    std::variant<CpuidReading, TextReading, NumberReading, BytesReading, KeysReading, StateReading,
                 ProcessesReading, SessionsReading, RowsReading, MissingReading>;

// Orders locators as their places tell them apart: Windows minds no case, a path of POSIX
// (`file:/…`) does.
struct LocatorLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

// Raw readings of one machine, as a value. A locator that is not there was not gathered.
struct Evidence {
  std::string os;  // "windows" or "linux"
  Time collected_at{};
  std::string provenance;
  std::map<std::string, Reading, LocatorLess> items;

  // The reading, or a MissingReading{kNotGathered}.
  const Reading& At(std::string_view locator) const;
};

// An evidence file, at most 16 MiB. An item that is malformed, or there twice and not the same,
// becomes a `failed` reading that says why; only a file that is no evidence at all is an error.
Result<Evidence> EvidenceFromText(std::string_view text, std::string_view what);
std::string EvidenceToText(const Evidence& evidence);

// The decisive readings behind these facts, as one flat redacted object: locator -> text, and
// `fact:<key>` -> the locators that the fact rests on, one a line.
Json DecisiveReadings(const Evidence& evidence, const Facts& facts);

}  // namespace vdiwatch::agent
