#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/host_name.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

constexpr Seconds kDay{24 * 60 * 60};
constexpr std::string_view kDate = "2026-12-31";

// Some day of a calendar: "2026-12-31", and nothing shorter.
std::optional<Time> ParseDay(std::string_view text) {
  if (text.size() != kDate.size()) return std::nullopt;
  auto midnight = ParseTime(std::string(text) + "T00:00:00Z");
  return midnight ? std::optional(*midnight) : std::nullopt;
}

// A day, or a moment: what was written.
struct When {
  Time begins{};
  Time ends{};
  std::string text;
};

std::optional<When> ParseWhen(std::string_view text) {
  if (auto day = ParseDay(text)) return When{*day, *day + kDay, std::string(text)};
  auto time = ParseTime(text);
  if (!time) return std::nullopt;
  return When{*time, *time, FormatTime(*time)};
}

bool IsDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Of a month such as 2027-06: 30.
int LastDayOf(std::string_view month) {
  int day = 31;
  while (!ParseDay(fmt::format("{}-{}", month, day))) --day;
  return day;
}

// What is missing of a date, where that can be told.
std::string WhatIsMissing(std::string_view text) {
  if (text.size() == 4 && IsDigits(text)) {
    return fmt::format("a year alone; write a day of it, such as {}-12-31", text);
  }
  if (text.size() == 7 && ParseDay(std::string(text) + "-01")) {
    return fmt::format("a month alone; write a day of it, such as {}-{}", text, LastDayOf(text));
  }
  if (text.size() > kDate.size() && ParseTime(std::string(text) + "Z")) {
    return "a time without its zone; end it with Z for UTC, or an offset such as +01:00";
  }
  return {};
}

std::optional<When> WhenOf(const Yaml* node, std::string_view key, const ParseContext& context) {
  if (!node) return std::nullopt;
  bool scalar = node->kind == Yaml::Kind::kScalar;
  if (auto when = scalar ? ParseWhen(node->text) : std::nullopt) return when;
  std::string missing = scalar ? WhatIsMissing(node->text) : "";
  context.Complain(
      node->mark,
      missing.empty()
          ? fmt::format("'{}' must be a date such as {}, or a time such as {}T18:00:00Z", key,
                        kDate, kDate)
          : fmt::format("'{}' is {}", key, missing));
  return std::nullopt;
}

Mark MarkOf(const Yaml& node, std::string_view key) {
  const Yaml* found = node.Find(key);
  return found ? found->mark : node.mark;
}

bool IsNoName(std::string_view host) {
  return host.empty() || host.find_first_of("*?[^$|, ") != std::string_view::npos;
}

void ParseScope(const Yaml& node, YamlMap& map, Waiver& waiver) {
  waiver.pool = map.TextOr("pool", "");
  std::string desktop = map.TextOr("desktop", "");
  waiver.desktop = HostNameOf(desktop);
  if (!desktop.empty() && IsNoName(waiver.desktop)) {
    map.Complain(MarkOf(node, "desktop"),
                 "'desktop' is one host name, or the 16 hex digits of an id; it takes no pattern");
  }
  waiver.pool_mark = MarkOf(node, "pool");
  if (node.kind == Yaml::Kind::kMap && !node.Find("pool") && !node.Find("desktop")) {
    map.Complain(node.mark, "a waiver needs 'pool' or 'desktop': what it is for");
  }
}

void ParseTerm(const Yaml& node, YamlMap& map, Waiver& waiver, const ParseContext& context) {
  waiver.expires_mark = MarkOf(node, "expires");
  auto expires = WhenOf(map.Required("expires"), "expires", context);
  if (auto starts = WhenOf(map.Optional("starts"), "starts", context)) {
    waiver.starts = starts->begins;
  }
  if (!expires) return;
  waiver.ends = expires->ends;
  waiver.expires = expires->text;
  if (waiver.starts && *waiver.starts >= waiver.ends) {
    map.Complain(waiver.expires_mark, "'expires' is before 'starts': it would never hold");
  }
}

Waiver ParseWaiver(const Yaml& node, const ParseContext& context) {
  Waiver waiver;
  waiver.file = context.file;
  waiver.mark = node.mark;
  YamlMap map = context.Map(node, "a waiver");
  waiver.id = ParseId(map, node, "a waiver");
  waiver.rule = map.Text("rule");
  waiver.rule_mark = MarkOf(node, "rule");
  ParseScope(node, map, waiver);
  waiver.owner = map.Text("owner");
  waiver.reason = map.Text("reason");
  ParseTerm(node, map, waiver, context);
  map.Finish();
  return waiver;
}

}  // namespace

std::vector<Waiver> ParseWaivers(const Yaml& document, const ParseContext& context) {
  std::vector<Waiver> waivers;
  YamlMap map = context.Map(document, "a file of waivers");
  if (const Yaml* list = map.Required("waivers")) {
    // An empty list is good: the last waiver of a file comes to its end, too.
    if (list->kind != Yaml::Kind::kSequence) {
      map.Complain(list->mark, "'waivers' takes a list of waivers");
    }
    for (const Yaml& item : list->items) waivers.push_back(ParseWaiver(item, context));
  }
  map.Finish();
  return waivers;
}

}  // namespace vdiwatch::policy
