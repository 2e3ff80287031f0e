#include <fmt/format.h>

#include <set>

#include "agent/evidence.h"
#include "agent/probe/board.h"
#include "agent/probe/look.h"
#include "agent/probe/smbios.h"
#include "base/text.h"
#include "report/messages.h"

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxEntries = 256;
constexpr std::size_t kMaxTextBytes = 480;

// What may leave the desktop of one reading: never a UUID or serial number, never the inside of a
// file, never who runs a process.
struct Redact {
  std::string_view locator;

  std::string operator()(CpuidReading r) const {
    // Which processor of the machine answered is no matter of the machine (initial APIC id).
    if (locator == "cpuid:1") r.ebx &= 0x00FFFFFF;
    return fmt::format("eax={:08x} ebx={:08x} ecx={:08x} edx={:08x}", r.eax, r.ebx, r.ecx, r.edx);
  }
  std::string operator()(const TextReading& r) const {
    if (locator.ends_with(".uuid")) return "<not shown>";
    // Tags are serial numbers, but for those that are the same on all machines of a cloud.
    bool tag = locator == "smbios:chassis.asset_tag" && !r.text.empty();
    if (tag && Trim(r.text) != kAzureTag && r.text.find_first_of("0123456789") != r.text.npos) {
      return "<not shown>";
    }
    // Of files only the kernel's short ones.
    bool kernel = locator.starts_with("file:/sys/") || locator.starts_with("file:/proc/");
    bool inside = (locator.starts_with("file:") && !kernel) || locator.starts_with("imds:");
    if (inside || r.text.size() > kMaxTextBytes) return "<read, not shown>";
    return Printable(Trim(r.text), kMaxTextBytes);
  }
  std::string operator()(const NumberReading& r) const { return std::to_string(r.number); }
  std::string operator()(const BytesReading& r) const {
    return fmt::format("<{} bytes>", r.bytes.size());
  }
  std::string operator()(const KeysReading& r) const {
    return fmt::format("{} entries", r.keys.size());
  }
  std::string operator()(const StateReading& r) const {
    return Printable(r.start.empty() ? r.state : r.state + ", start " + r.start, kMaxTextBytes);
  }
  std::string operator()(const ProcessesReading& r) const {
    std::map<std::string, int> counts;
    for (const ProcessEntry& entry : r.list) ++counts[entry.name];
    std::string text;
    for (const auto& [name, count] : counts) text += fmt::format("{} x{}; ", name, count);
    return text.empty() ? "none of those looked for" : Printable(text, kMaxTextBytes);
  }
  std::string operator()(const SessionsReading& r) const {
    return fmt::format("{} sessions", r.list.size());
  }
  std::string operator()(const RowsReading& r) const {
    return fmt::format("{} rows", r.rows.size());
  }
  std::string operator()(const MissingReading& r) const {
    std::string text(ToString(r.why));
    if (!r.detail.empty()) text += ": " + r.detail;
    return Printable(text, kMaxTextBytes);
  }
};

// Which readings a fact rests on, as one entry of the same flat object.
std::string SourcesText(const Fact& fact) {
  std::string text;
  for (const auto& source : fact.sources) {
    if (text.size() + 1 + source.size() > kMaxTextBytes) break;
    text += (text.empty() ? "" : "\n") + source;
  }
  return text;
}

}  // namespace

Json DecisiveReadings(const Evidence& evidence, const Facts& facts) {
  const Evidence decoded = WithDecodedSmbios(evidence);
  std::set<std::string, LocatorLess> sources;
  for (const auto& [key, fact] : facts) sources.insert(fact.sources.begin(), fact.sources.end());
  Json readings = Json::object();
  for (const auto& [locator, reading] : decoded.items) {
    // Under the name that the fact gives it, however the recording spells it.
    auto source = sources.find(TemplateOf(locator));
    if (source == sources.end() || readings.size() >= kMaxEntries) continue;
    std::string text = std::visit(Redact{*source}, reading);
    // Several users share a template: what they have in common, or that they differ.
    auto [entry, added] = readings.emplace(*source, text);
    if (!added && *entry != text) *entry = "differs between users";
  }
  for (const auto& [key, fact] : facts) {
    if (fact.sources.empty() || readings.size() >= kMaxEntries) continue;
    readings[std::string(kSourcesOf) + key] = SourcesText(fact);
  }
  return readings;
}

}  // namespace vdiwatch::agent
