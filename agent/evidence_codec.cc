#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/evidence.h"
#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kFormat = "vdiwatch-evidence/1";
constexpr std::size_t kMaxFileBytes = 16 << 20;
constexpr std::size_t kMaxItems = 20'000;
constexpr std::size_t kMaxValues = 1 << 19;
constexpr std::size_t kMaxTextBytes = 1 << 20;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxListEntries = 10'000;

Reading Failed(std::string why) { return MissingReading{Missing::kFailed, std::move(why)}; }

// "0x000306f0": exactly one register.
Result<std::uint32_t> RegisterFromJson(const Json& item, std::string_view name) {
  ASSIGN_OR_RETURN(std::string text, JsonMember<std::string>(item, name));
  std::uint32_t value = 0;
  if (!(text.starts_with("0x") || text.starts_with("0X")) || text.size() > 10) {
    return Invalid(fmt::format("register {} is not 0x and up to 8 hex digits", name));
  }
  auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Invalid(fmt::format("register {} is not a hex number", name));
  }
  return value;
}

Result<Reading> CpuidFromJson(const Json& item) {
  CpuidReading reading;
  ASSIGN_OR_RETURN(reading.eax, RegisterFromJson(item, "eax"));
  ASSIGN_OR_RETURN(reading.ebx, RegisterFromJson(item, "ebx"));
  ASSIGN_OR_RETURN(reading.ecx, RegisterFromJson(item, "ecx"));
  ASSIGN_OR_RETURN(reading.edx, RegisterFromJson(item, "edx"));
  return Reading(reading);
}

Result<Reading> BytesFromJson(const Json& item) {
  ASSIGN_OR_RETURN(std::string text,
                   JsonMember<std::string>(item, "base64", kMaxTextBytes * 4 / 3 + 4));
  auto bytes = Unbase64(text);
  if (!bytes) return Invalid("base64 is malformed");
  return Reading(BytesReading{*std::move(bytes)});
}

Result<Reading> KeysFromJson(const Json& item) {
  const Json& keys = item["keys"];
  if (!keys.is_array() || keys.size() > kMaxListEntries) return Invalid("keys is no short list");
  KeysReading reading;
  for (const Json& key : keys) {
    if (!key.is_string()) return Invalid("keys holds something that is no text");
    reading.keys.push_back(Printable(key.get<std::string>(), kMaxNameBytes));
  }
  return Reading(std::move(reading));
}

Result<Reading> StateFromJson(const Json& item) {
  StateReading reading;
  ASSIGN_OR_RETURN(reading.state, JsonMember<std::string>(item, "state"));
  ASSIGN_OR_RETURN(reading.start, JsonMemberOr<std::string>(item, "start", ""));
  return Reading(std::move(reading));
}

Result<ProcessEntry> ProcessFromJson(const Json& json) {
  ProcessEntry entry;
  ASSIGN_OR_RETURN(entry.name, JsonMember<std::string>(json, "name"));
  ASSIGN_OR_RETURN(entry.pid, JsonMemberOr<std::int64_t>(json, "pid", 0));
  ASSIGN_OR_RETURN(entry.session, JsonMemberOr<std::int64_t>(json, "session", -1));
  ASSIGN_OR_RETURN(entry.owner, JsonMemberOr<std::int64_t>(json, "owner", -1));
  return entry;
}

Result<SessionEntry> SessionFromJson(const Json& json) {
  SessionEntry entry;
  ASSIGN_OR_RETURN(entry.id, JsonMemberOr<std::int64_t>(json, "id", -1));
  ASSIGN_OR_RETURN(entry.state, JsonMember<std::string>(json, "state"));
  return entry;
}

template <class ReadingType, class Entry>
Result<Reading> ListFromJson(const Json& list, Result<Entry> (*entry_from_json)(const Json&)) {
  if (!list.is_array() || list.size() > kMaxListEntries) return Invalid("list is no short list");
  ReadingType reading;
  for (const Json& json : list) {
    if (!json.is_object()) return Invalid("list holds something that is no object");
    ASSIGN_OR_RETURN(auto entry, entry_from_json(json));
    reading.list.push_back(std::move(entry));
  }
  return Reading(std::move(reading));
}

Result<Reading> RowsFromJson(const Json& item) {
  const Json& rows = item["rows"];
  if (!rows.is_array() || rows.size() > kMaxListEntries) return Invalid("rows is no short list");
  for (const Json& row : rows) {
    if (!row.is_object()) return Invalid("rows holds something that is no object");
  }
  return Reading(RowsReading{rows});
}

Result<Reading> MissingFromJson(const Json& item) {
  ASSIGN_OR_RETURN(std::string text, JsonMember<std::string>(item, "missing"));
  ASSIGN_OR_RETURN(std::string why, JsonMemberOr<std::string>(item, "why", ""));
  auto missing = ParseMissing(text);
  if (!missing || *missing == Missing::kUndetermined) {
    return Invalid(fmt::format("'{}' is no reason for a missing reading", Printable(text, 40)));
  }
  return Reading(MissingReading{*missing, std::move(why)});
}

Result<Reading> ReadingFromJson(std::string_view locator, const Json& item) {
  if (!item.is_object()) return Invalid("the item is no object");
  if (item.contains("missing")) return MissingFromJson(item);
  if (locator.starts_with("cpuid:")) return CpuidFromJson(item);
  if (item.contains("list")) {
    return locator == "sessions" ? ListFromJson<SessionsReading>(item["list"], SessionFromJson)
                                 : ListFromJson<ProcessesReading>(item["list"], ProcessFromJson);
  }
  if (item.contains("text")) {
    ASSIGN_OR_RETURN(std::string text, JsonMember<std::string>(item, "text", kMaxTextBytes));
    return Reading(TextReading{std::move(text)});
  }
  if (item.contains("number")) {
    ASSIGN_OR_RETURN(std::int64_t number, JsonMember<std::int64_t>(item, "number"));
    return Reading(NumberReading{number});
  }
  if (item.contains("base64")) return BytesFromJson(item);
  if (item.contains("keys")) return KeysFromJson(item);
  if (item.contains("state")) return StateFromJson(item);
  if (item.contains("rows")) return RowsFromJson(item);
  return Invalid("the item has none of the known shapes");
}

// Reading -> the JSON shape of vdiwatch-evidence/1.
struct Encode {
  Json operator()(const CpuidReading& r) const {
    auto hex = [](std::uint32_t value) { return fmt::format("0x{:08x}", value); };
    return {{"eax", hex(r.eax)}, {"ebx", hex(r.ebx)}, {"ecx", hex(r.ecx)}, {"edx", hex(r.edx)}};
  }
  Json operator()(const TextReading& r) const { return {{"text", r.text}}; }
  Json operator()(const NumberReading& r) const { return {{"number", r.number}}; }
  Json operator()(const BytesReading& r) const { return {{"base64", Base64(r.bytes)}}; }
  Json operator()(const KeysReading& r) const { return {{"keys", r.keys}}; }
  Json operator()(const StateReading& r) const {
    Json json = {{"state", r.state}};
    if (!r.start.empty()) json["start"] = r.start;
    return json;
  }
  Json operator()(const ProcessesReading& r) const {
    Json list = Json::array();
    for (const ProcessEntry& entry : r.list) {
      Json json = {{"name", entry.name}, {"pid", entry.pid}};
      if (entry.session >= 0) json["session"] = entry.session;
      if (entry.owner >= 0) json["owner"] = entry.owner;
      list.push_back(std::move(json));
    }
    return {{"list", std::move(list)}};
  }
  Json operator()(const SessionsReading& r) const {
    Json list = Json::array();
    for (const SessionEntry& entry : r.list) {
      list.push_back({{"id", entry.id}, {"state", entry.state}});
    }
    return {{"list", std::move(list)}};
  }
  Json operator()(const RowsReading& r) const { return {{"rows", r.rows}}; }
  Json operator()(const MissingReading& r) const {
    Json json = {{"missing", ToString(r.why)}};
    if (!r.detail.empty()) json["why"] = r.detail;
    return json;
  }
};

// The scheme is in small letters. Leaves are named without "0x", leading zeros, capitals and a
// sub-leaf of zero.
std::string CanonicalLocator(std::string_view locator) {
  constexpr std::string_view kCpuid = "cpuid:";
  std::size_t scheme_end = std::min(locator.find(':'), locator.size());
  std::string named = ToLower(locator.substr(0, scheme_end));
  named += locator.substr(scheme_end);
  if (!named.starts_with(kCpuid)) return named;
  std::string leaf = ToLower(named.substr(kCpuid.size()));
  if (leaf.ends_with(".0")) leaf.resize(leaf.size() - 2);
  std::string_view digits = leaf;
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  while (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') digits.remove_prefix(1);
  return std::string(kCpuid) + std::string(digits);
}

// Two spellings of one place are one reading, unless they contradict each other.
void AddItem(Evidence& evidence, std::string_view locator, const Json& item) {
  std::string name = CanonicalLocator(locator);
  auto read = ReadingFromJson(name, item);
  Reading reading = read ? *std::move(read) : Failed(read.error().message);
  auto [kept, added] = evidence.items.try_emplace(std::move(name), reading);
  if (added || std::visit(Encode(), kept->second) == std::visit(Encode(), reading)) return;
  kept->second = Failed("it is there twice, and not the same");
}

Result<Evidence> HeadFromJson(const Json& json) {
  Evidence evidence;
  ASSIGN_OR_RETURN(evidence.os, JsonMember<std::string>(json, "os"));
  if (evidence.os != "windows" && evidence.os != "linux") {
    return Invalid("os is neither windows nor linux");
  }
  ASSIGN_OR_RETURN(std::string collected_at, JsonMember<std::string>(json, "collected_at"));
  auto time = ParseTime(collected_at);
  if (!time) return Invalid(fmt::format("'collected_at': {}", time.error().message));
  evidence.collected_at = *time;
  ASSIGN_OR_RETURN(evidence.provenance, JsonMemberOr<std::string>(json, "provenance", "", 4096));
  return evidence;
}

}  // namespace

Result<Evidence> EvidenceFromText(std::string_view text, std::string_view what) {
  ASSIGN_OR_RETURN(Json json,
                   ParseJson(text, what, {.max_bytes = kMaxFileBytes, .max_values = kMaxValues}));
  if (!json.is_object() || json.value("format", Json()) != kFormat) {
    return Invalid(fmt::format("{} is no {} file", what, kFormat));
  }
  auto evidence = HeadFromJson(json);
  if (!evidence) return Invalid(fmt::format("{}: {}", what, evidence.error().message));
  auto items = json.find("items");
  if (items == json.end() || !items->is_object()) {
    return Invalid(fmt::format("{}: items is not there or no object", what));
  }
  if (items->size() > kMaxItems) return Invalid(fmt::format("{} has too many items", what));
  for (const auto& [locator, item] : items->items()) AddItem(*evidence, locator, item);
  return evidence;
}

std::string EvidenceToText(const Evidence& evidence) {
  Json items = Json::object();
  for (const auto& [locator, reading] : evidence.items)
    items[locator] = std::visit(Encode(), reading);
  Json json = {{"format", kFormat},
               {"os", evidence.os},
               {"collected_at", FormatTime(evidence.collected_at)},
               {"provenance", evidence.provenance},
               {"items", std::move(items)}};
  // Whatever is no UTF-8 is replaced: a recording must never fail to be written.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vdiwatch::agent
