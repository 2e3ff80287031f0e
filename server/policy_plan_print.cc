#include "server/policy_plan_print.h"

#include <fmt/format.h>

#include <ostream>
#include <set>

#include "base/text.h"
#include "server/cli_remote.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMostNames = 20;  // of what a line lists

Cell GradeCell(const Json& object, std::string_view key) {
  const std::string grade = Text(object, key);
  return {grade, TintOf(grade)};
}

std::int64_t Number(const Json& object, const char* key) {
  return object.value(key, std::int64_t{0});
}

std::string Listed(std::vector<std::string> names) {
  if (names.size() > kMostNames) {
    const std::size_t more = names.size() - kMostNames;
    names.resize(kMostNames);
    names.push_back(fmt::format("and {} more", more));
  }
  return Join(names, ", ");
}

std::string NamesOf(const Json& names) {
  std::vector<std::string> texts;
  for (const Json& name : names) texts.push_back(Printable(name.get<std::string>()));
  return Listed(std::move(texts));
}

// "a (require, severity), b (title)"
std::string ChangedOf(const Json& changed, const char* name) {
  std::vector<std::string> texts;
  for (const Json& one : changed) {
    texts.push_back(fmt::format("{} ({})", Text(one, name), NamesOf(one.at("keys"))));
  }
  return Listed(std::move(texts));
}

void AddDifference(const Json& difference, const std::string& what, const char* name,
                   std::vector<std::vector<Cell>>& rows) {
  const auto add = [&](const std::string& how, const std::string& names) {
    if (!names.empty()) rows.push_back({{what + " " + how}, {names}});
  };
  add("added", NamesOf(difference.at("added")));
  add("removed", NamesOf(difference.at("removed")));
  add("changed", ChangedOf(difference.at("changed"), name));
}

void PrintText(const std::string& text, const Terminal& terminal) {
  for (const std::string& line : Wrap(text, terminal.width)) terminal.out << line << "\n";
}

void PrintHead(const Json& plan, const Terminal& terminal) {
  const bool built_in = plan.at("policy").value("built_in_pack", true);
  PrintText(fmt::format("As of {}, if these files took the place of those in policy_dir{}:",
                        Text(plan, "at"), built_in ? "; the built-in pack stays" : ""),
            terminal);
  Table table;
  AddDifference(plan.at("rules"), "Rules", "rule", table.rows);
  AddDifference(plan.at("policy_pools"), "Pools", "pool", table.rows);
  for (const auto& [state, ids] : plan.at("waivers").items()) {
    const bool expected = state == "active" || state == "scheduled";
    if (!expected && !ids.empty()) table.rows.push_back({{"Waivers " + state}, {NamesOf(ids)}});
  }
  const Json &desktops = plan.at("desktops"), &pools = plan.at("pools"),
             &alerts = plan.at("alerts");
  table.rows.push_back({{"Desktops"},
                        {fmt::format("{} of {} would change grade ({} of them reporting)",
                                     Text(desktops, "changing"), Text(desktops, "total"),
                                     Text(desktops, "reporting"))}});
  table.rows.push_back({{"Pools"},
                        {fmt::format("{} of {} would change grade", Text(pools, "changing"),
                                     Text(pools, "total"))}});
  table.rows.push_back({{"Alerts"},
                        {fmt::format("{} would fire, {} would be resolved",
                                     alerts.at("fire").size(), alerts.at("resolve").size())}});
  terminal.out << Render(table, terminal.width, terminal.color);
}

std::string HostsOf(const Json& sample) {
  std::vector<std::string> hosts;
  for (const Json& desktop : sample) hosts.push_back(Text(desktop, "host_name"));
  return Join(hosts, ", ");
}

void PrintDesktops(const Json& desktops, const Terminal& terminal) {
  Table table{{"FROM", "TO", "DESKTOPS", "RULE", "WHY, AND WHERE"}, {}};
  for (const Json& change : desktops.at("changes")) {
    for (const Json& rule : change.at("rules")) {
      table.rows.push_back(
          {GradeCell(change, "from"),
           GradeCell(change, "to"),
           {Text(rule, "desktops")},
           {Text(rule, "rule")},
           {fmt::format("{} On: {}", Text(rule, "why"), HostsOf(rule.at("sample")))}});
    }
  }
  if (table.rows.empty()) return;
  terminal.out << "\n" << Render(table, terminal.width, terminal.color);
}

void PrintPools(const Json& pools, const Terminal& terminal) {
  Table table{{"POOL", "FROM", "TO", "WHY"}, {}};
  for (const Json& change : pools.at("changes")) {
    const Json& reasons = change.at("reasons");
    table.rows.push_back({{Text(change, "pool"), Tint::kStrong},
                          GradeCell(change, "from"),
                          GradeCell(change, "to"),
                          {reasons.empty() ? "" : Text(reasons[0], "text")}});
  }
  if (table.rows.empty()) return;
  terminal.out << "\n" << Render(table, terminal.width, terminal.color);
}

void PrintAlerts(const Json& alerts, const Terminal& terminal) {
  Table table{{"ALERT", "POOL", "RULE", "TEXT"}, {}};
  for (const char* what : {"fire", "resolve"}) {
    for (const Json& alert : alerts.at(what)) {
      const std::string rule = Text(alert, "rule");
      const bool fires = std::string_view(what) == "fire";
      table.rows.push_back({{fires ? "fires" : "resolved", fires ? Tint::kBad : Tint::kGood},
                            {Text(alert, "pool"), Tint::kStrong},
                            {rule.empty() ? "-" : rule},
                            {Text(alert, "text")}});
    }
  }
  if (table.rows.empty()) return;
  terminal.out << "\n" << Render(table, terminal.width, terminal.color);
}

// "3d 4h", "25m": the two largest units.
std::string Span(std::int64_t seconds) {
  constexpr std::pair<char, std::int64_t> kUnits[] = {
      {'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}};
  std::vector<std::string> parts;
  for (const auto& [unit, size] : kUnits) {
    if (seconds >= size) parts.push_back(fmt::format("{}{}", seconds / size, unit));
    seconds %= size;
  }
  if (parts.size() > 2) parts.resize(2);
  return parts.empty() ? "0s" : Join(parts, " ");
}

// "3 times, for 2d 4h"
std::string Fared(const Json& record, const char* turned, const char* seconds) {
  const std::int64_t times = Number(record, turned), lasted = Number(record, seconds);
  if (times == 0 && lasted == 0) return "never";
  return fmt::format("{} {}, {}", times, times == 1 ? "time" : "times", Span(lasted));
}

void PrintReplay(const Json& replay, const Terminal& terminal) {
  if (replay.is_null()) return;
  Table table{{"POOL", "GRADE", "TODAY'S POLICY", "THE NEW ONE"}, {}};
  std::int64_t alike = 0;
  for (const Json& pool : replay.at("pools")) {
    const Json &current = pool.at("current"), &next = pool.at("new");
    alike += current == next;
    const auto add = [&](const char* grade, const char* turned, const char* seconds) {
      const std::string before = Fared(current, turned, seconds);
      const std::string after = Fared(next, turned, seconds);
      if (before == after) return;
      table.rows.push_back(
          {{Text(pool, "pool"), Tint::kStrong}, {grade, TintOf(grade)}, {before}, {after}});
    };
    add("noncompliant", "turned_noncompliant", "noncompliant_s");
    add("unknown", "turned_unknown", "unknown_s");
  }
  terminal.out << "\n";
  PrintText(
      fmt::format("Since {}, over {} recorded moves of desktops, had each policy been put in "
                  "force then; {} of {} pools would have fared alike.",
                  Text(replay, "since"), Text(replay, "moves"), alike, replay.at("pools").size()),
      terminal);
  if (!table.rows.empty()) terminal.out << Render(table, terminal.width, terminal.color);
}

// What a plan cannot tell, where it matters.
void PrintCaveat(const Json& pools, const Terminal& terminal) {
  std::set<std::string> keys;
  for (const Json& changed : pools.at("changed")) {
    for (const Json& key : changed.at("keys")) keys.insert(key.get<std::string>());
  }
  std::vector<std::string> taken;
  for (const char* key : {"match", "stale_after", "retire_after"}) {
    if (keys.contains(key)) taken.emplace_back(key);
  }
  if (taken.empty()) return;
  terminal.out << "\n";
  PrintText(fmt::format("Not counted: changes of {}. Where desktops belong, and which of them are "
                        "stale or retired, was taken as it is.",
                        Join(taken, ", ")),
            terminal);
}

}  // namespace

void PrintPlan(const Json& plan, const Terminal& terminal) {
  PrintHead(plan, terminal);
  PrintDesktops(plan.at("desktops"), terminal);
  PrintPools(plan.at("pools"), terminal);
  PrintAlerts(plan.at("alerts"), terminal);
  PrintReplay(plan.at("replay"), terminal);
  PrintCaveat(plan.at("policy_pools"), terminal);
}

}  // namespace vdiwatch::server
