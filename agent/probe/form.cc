#include "agent/probe/form.h"

namespace vdiwatch::agent {
namespace {

template <class... T>
bool IsAnyOf(const Reading& reading) {
  return (std::holds_alternative<T>(reading) || ...);
}

bool HasSmbiosForm(std::string_view name, const Reading& reading) {
  if (name == "raw") return IsAnyOf<BytesReading>(reading);
  if (name == "bios.vm_bit") return IsAnyOf<NumberReading>(reading);
  return IsAnyOf<TextReading>(reading);
}

// A registry value has the type that its writer chose; REG_MULTI_SZ gives lines.
bool HasRegistryForm(std::string_view locator, const Reading& reading) {
  if (locator.ends_with('\\')) return IsAnyOf<KeysReading>(reading);
  return IsAnyOf<TextReading, NumberReading, KeysReading>(reading);
}

// The forms of vdiwatch-evidence/1; those of a `path:` are not laid down, that it is there is all.
bool HasItsForm(std::string_view locator, const Reading& reading) {
  if (locator == "processes") return IsAnyOf<ProcessesReading>(reading);
  if (locator == "sessions") return IsAnyOf<SessionsReading>(reading);
  if (locator.ends_with("#written")) return IsAnyOf<NumberReading>(reading);
  const std::string_view scheme = locator.substr(0, locator.find(':') + 1);
  if (scheme == "cpuid:") return IsAnyOf<CpuidReading>(reading);
  if (scheme == "smbios:") return HasSmbiosForm(locator.substr(scheme.size()), reading);
  if (scheme == "registry:") return HasRegistryForm(locator, reading);
  if (scheme == "service:" || scheme == "feature:") return IsAnyOf<StateReading>(reading);
  if (scheme == "wmi:") return IsAnyOf<RowsReading>(reading);
  if (scheme == "api:") return IsAnyOf<TextReading, NumberReading>(reading);
  if (scheme == "path:") return true;
  return IsAnyOf<TextReading>(reading);
}

}  // namespace

Evidence WithCheckedForms(Evidence evidence) {
  for (auto& [locator, reading] : evidence.items) {
    bool fits = std::holds_alternative<MissingReading>(reading) || HasItsForm(locator, reading);
    if (!fits) reading = MissingReading{Missing::kFailed, "not in the form of its place"};
  }
  return evidence;
}

}  // namespace vdiwatch::agent
