#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "policy/parse.h"
#include "policy/typed_name.h"

namespace vdiwatch::policy {
namespace {

constexpr std::int64_t kHundredYears = std::int64_t{36'500} * 24 * 60 * 60;

// With its sign, so that 0.1 is not taken for a tenth of all.
std::optional<double> ParsePercent(std::string_view text) {
  if (text == "0") return 0;
  if (!text.ends_with('%')) return std::nullopt;
  text = Trim(text.substr(0, text.size() - 1));
  double share = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  bool read = error == std::errc() && end == text.data() + text.size();
  return read && std::isfinite(share) && share >= 0 && share <= 100 ? std::optional(share)
                                                                    : std::nullopt;
}

double PercentOr(YamlMap& map, std::string_view key, double fallback) {
  const Yaml* node = map.Optional(key);
  if (!node) return fallback;
  auto share = node->kind == Yaml::Kind::kScalar ? ParsePercent(node->text) : std::nullopt;
  if (!share)
    map.Complain(
        node->mark,
        fmt::format("'{}' must be a share from 0% to 100%, written with its sign: 10%", key));
  return share.value_or(fallback);
}

Seconds SpanOr(YamlMap& map, std::string_view key, Seconds fallback) {
  const Yaml* node = map.Optional(key);
  if (!node) return fallback;
  auto span = node->kind == Yaml::Kind::kScalar ? ParseSpan(node->text) : std::nullopt;
  if (!span)
    map.Complain(node->mark, fmt::format("'{}' must be a span such as 90s, 15m, 2h, 30d", key));
  return span.value_or(fallback);
}

std::int64_t CountOr(YamlMap& map, const Yaml& node, std::string_view key, std::int64_t fallback) {
  std::int64_t count = map.IntegerOr(key, fallback);
  if (count < 0) map.Complain(node.Find(key)->mark, fmt::format("'{}' must not be negative", key));
  return count;
}

void RequireBand(const Yaml& node, const Thresholds& thresholds, YamlMap& map) {
  if (thresholds.leave <= thresholds.enter) return;
  const Yaml* leave = node.Find("leave");
  map.Complain((leave ? leave : &node)->mark,
               fmt::format("'leave' ({:g}%) is above 'enter' ({:g}%): a pool could enter and leave "
                           "at once",
                           thresholds.leave, thresholds.enter));
}

// What a rule may set for itself; `leave` follows an `enter` below the pool's.
Thresholds ParseRuleThresholds(const Yaml& node, const Thresholds& of_pool,
                               const ParseContext& context) {
  Thresholds thresholds = of_pool;
  YamlMap map = context.Map(node, "a rule's thresholds");
  thresholds.enter = PercentOr(map, "enter", of_pool.enter);
  thresholds.enter_for = SpanOr(map, "for", of_pool.enter_for);
  thresholds.leave = PercentOr(map, "leave", std::min(of_pool.leave, thresholds.enter / 2));
  RequireBand(node, thresholds, map);
  map.Finish();
  return thresholds;
}

void ParseRules(const Yaml& node, ParsedPool& pool, const ParseContext& context) {
  if (node.kind != Yaml::Kind::kMap) {
    context.Complain(node.mark, "'rules' must be a map of rule ids to thresholds");
  }
  for (const auto& [id, thresholds] : node.entries) {
    pool.rules.emplace_back(id.text, id.mark);
    pool.spec.rule_thresholds[id.text] =
        ParseRuleThresholds(thresholds, pool.spec.thresholds, context);
  }
}

void ParseThresholds(const Yaml& node, ParsedPool& pool, const ParseContext& context) {
  Thresholds& thresholds = pool.spec.thresholds;
  YamlMap map = context.Map(node, "'thresholds'");
  thresholds.enter = PercentOr(map, "enter", thresholds.enter);
  thresholds.enter_for = SpanOr(map, "for", thresholds.enter_for);
  thresholds.leave = PercentOr(map, "leave", std::min(thresholds.leave, thresholds.enter / 2));
  thresholds.minimum_reporting =
      CountOr(map, node, "minimum_reporting", thresholds.minimum_reporting);
  thresholds.maximum_unknown = PercentOr(map, "maximum_unknown", thresholds.maximum_unknown);
  thresholds.minimum_coverage = PercentOr(map, "minimum_coverage", thresholds.minimum_coverage);
  RequireBand(node, thresholds, map);
  if (const Yaml* rules = map.Optional("rules")) ParseRules(*rules, pool, context);
  map.Finish();
}

// A count, or the name of a CSV file beside this one.
void ParseExpectedMembers(const Yaml& node, YamlMap& map, ParsedPool& pool) {
  PoolSpec& spec = pool.spec;
  const Yaml* members = map.Optional("expected_members");
  if (members && ToLower(members->text).ends_with(".csv")) {
    pool.members_file = members->text;
    pool.members_mark = members->mark;
  } else if (members) {
    spec.expected_members = CountOr(map, node, "expected_members", 0);
    const bool some = *spec.expected_members > 0;
    if (some && spec.thresholds.minimum_reporting > *spec.expected_members) {
      map.Complain(members->mark,
                   fmt::format("'minimum_reporting' ({}) is above 'expected_members' ({}): the "
                               "pool would always be unknown",
                               spec.thresholds.minimum_reporting, *spec.expected_members));
    }
  } else if (spec.thresholds.minimum_coverage > 0) {
    map.Complain(node.mark, "'minimum_coverage' needs 'expected_members' to be measured against");
  }
}

void ParseTimes(const Yaml& node, YamlMap& map, PoolSpec& spec) {
  spec.stale_after = SpanOr(map, "stale_after", spec.stale_after);
  spec.retire_after = SpanOr(map, "retire_after", spec.retire_after);
  if (spec.stale_after <= Seconds(0)) {
    map.Complain(node.Find("stale_after")->mark,
                 "'stale_after' must be longer than the time between check-ins");
  }
  if (spec.retire_after <= spec.stale_after) {
    const Yaml* retire = node.Find("retire_after");
    map.Complain((retire ? retire : &node)->mark,
                 "'retire_after' must be longer than 'stale_after'");
  }
}

Docker ParseDockerWord(const Yaml* node, const ParseContext& context) {
  if (!node) return Docker::kAllowed;
  auto docker = node->kind == Yaml::Kind::kScalar ? ParseDocker(node->text) : std::nullopt;
  if (!docker) {
    context.Complain(node->mark, "'docker' must be one of required, allowed, none" +
                                     DidYouMean(node->text, {"required", "allowed", "none"}));
  }
  return docker.value_or(Docker::kAllowed);
}

// A condition on one line, whatever its layout in the file.
std::string OnOneLine(const Yaml& node) {
  std::string text = fmt::format("{}:{}", node.text.size(), node.text);
  for (const Yaml& item : node.items) text += "[" + OnOneLine(item) + "]";
  for (const auto& [key, value] : node.entries) {
    text += "{" + OnOneLine(key) + " " + OnOneLine(value) + "}";
  }
  return text;
}

// The one attribute that the built-in pack reads, under a name that it does not read.
void RemarkOnAttributes(const Yaml& attributes, ParsedPool& pool) {
  constexpr std::string_view kRead = "license";
  if (pool.spec.attributes.contains(kRead)) return;
  for (const auto& [key, value] : attributes.entries) {
    if (key.text == kRead) continue;
    std::string hint = DidYouMean(ToLower(key.text), {kRead});
    if (hint.empty() && !EqualsIgnoreCase(key.text, kRead)) continue;
    pool.remarks.emplace_back(
        key.mark, fmt::format("no rule of the built-in pack reads the attribute '{}'; did you mean "
                              "'{}'?",
                              Printable(key.text, 80), kRead));
  }
}

void ParseMatch(const Yaml& match, ParsedPool& pool, const ParseContext& context) {
  ParseContext in_match{context.file, context.diagnostics, true};
  pool.spec.match = ParseCondition(match, "'match'", in_match);
  pool.match_text = OnOneLine(match);
  pool.match_mark = match.mark;
}

ParsedPool ParsePool(const Yaml& node, const ParseContext& context) {
  ParsedPool pool;
  pool.mark = node.mark;
  YamlMap map = context.Map(node, "a pool");
  pool.spec.name = map.Text("name");
  if (auto problem = UnseenProblem("a pool's name", pool.spec.name)) {
    const Yaml* name = node.Find("name");
    pool.remarks.emplace_back((name ? name : &node)->mark,
                              *problem + ", unless agents tell of the pool under this very name");
  }
  pool.spec.docker = ParseDockerWord(map.Optional("docker"), context);
  if (const Yaml* attributes = map.Optional("attributes")) {
    for (auto& [key, value] : ParseAttributes(*attributes, "'attributes'", context)) {
      pool.spec.attributes[key] = value;
    }
    RemarkOnAttributes(*attributes, pool);
  }
  if (const Yaml* match = map.Optional("match")) ParseMatch(*match, pool, context);
  if (const Yaml* thresholds = map.Optional("thresholds")) {
    ParseThresholds(*thresholds, pool, context);
  }
  ParseExpectedMembers(node, map, pool);
  ParseTimes(node, map, pool.spec);
  map.Finish();
  return pool;
}

}  // namespace

std::optional<Seconds> ParseSpan(std::string_view text) {
  if (text == "0") return Seconds(0);
  if (text.size() < 2) return std::nullopt;
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 60 * 60;
      break;
    case 'd':
      unit = 24 * 60 * 60;
      break;
    default:
      return std::nullopt;
  }
  auto count = ParseInteger(text.substr(0, text.size() - 1));
  if (!count || *count < 0 || *count > kHundredYears / unit) return std::nullopt;
  return Seconds(*count * unit);
}

std::vector<ParsedPool> ParsePools(const Yaml& document, const ParseContext& context) {
  std::vector<ParsedPool> pools;
  YamlMap map = context.Map(document, "a file of pools");
  if (const Yaml* list = map.Required("pools")) {
    if (list->kind != Yaml::Kind::kSequence) {
      map.Complain(list->mark, "'pools' takes a list of pools");
    }
    for (const Yaml& item : list->items) pools.push_back(ParsePool(item, context));
  }
  map.Finish();
  return pools;
}

}  // namespace vdiwatch::policy
