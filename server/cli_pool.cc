#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ostream>

#include "base/text.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/cli_waiver.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

struct PoolOptions {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string name, grade, search;
};

// The pool's first reason, and how many more there are.
std::string FirstReason(const Json& pool) {
  const Json reasons = pool.value("reasons", Json::array());
  if (!reasons.is_array() || reasons.empty()) return "";
  std::string text = Text(reasons[0], "text");
  if (reasons.size() > 1) text += fmt::format(" (+{} more)", reasons.size() - 1);
  return text;
}

// How many desktops are excused from the rule that most of them are excused from; no more is told.
std::string Waived(const Json& pool) {
  std::int64_t most = 0;
  for (const Json& reason : pool.value("reasons", Json::array())) {
    if (reason.value("grade", "") == "waived") {
      most = std::max(most, reason.value("desktops", std::int64_t{0}));
    }
  }
  return std::to_string(most);
}

// All pages of the list in one.
Result<Json> Collect(const PoolOptions& options) {
  Json pools = Json::array();
  std::string cursor;
  do {
    ASSIGN_OR_RETURN(Json page, Ask(*options.profile, "/api/v1/pools",
                                    {{"grade", options.grade},
                                     {"q", options.search},
                                     {"cursor", cursor},
                                     {"limit", "1000"}}));
    for (Json& pool : page["pools"]) pools.push_back(std::move(pool));
    cursor = Text(page, "next_cursor");
  } while (!cursor.empty());
  return Json{{"pools", std::move(pools)}};
}

Result<int> ListPools(const PoolOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Collect(options));
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  Table table{{"GRADE", "POOL", "DESKTOPS", "OK", "COND", "UNKN", "BAD", "WAIV", "STALE", "WHY"},
              {}};
  for (const Json& pool : answer.value("pools", Json::array())) {
    const std::string grade = Text(pool, "grade");
    table.rows.push_back({{grade, TintOf(grade)},
                          {Text(pool, "name"), Tint::kStrong},
                          {Text(pool, "desktops")},
                          {Text(pool, "compliant")},
                          {Text(pool, "conditional")},
                          {Text(pool, "unknown")},
                          {Text(pool, "noncompliant")},
                          {Waived(pool)},
                          {Text(pool, "stale")},
                          {FirstReason(pool)}});
  }
  if (table.rows.empty()) {
    terminal.out
        << "No pools. A pool begins with its token: `vdiwatch token create --pool NAME`.\n";
  } else {
    terminal.out << Render(table, terminal.width, terminal.color);
  }
  return 0;
}

std::string Counts(const Json& pool) {
  return fmt::format(
      "{} desktops, {} reporting ({} live, {} off), {} stale; {} compliant, {} conditional, "
      "{} unknown, {} noncompliant, {} not judged yet",
      Text(pool, "desktops"), Text(pool, "reporting"), Text(pool, "live"), Text(pool, "off"),
      Text(pool, "stale"), Text(pool, "compliant"), Text(pool, "conditional"),
      Text(pool, "unknown"), Text(pool, "noncompliant"), Text(pool, "unjudged"));
}

std::string Values(const Json& counts) {
  std::vector<std::string> parts;
  for (const Json& entry : counts) {
    parts.push_back(fmt::format("{} ({})", Text(entry, "value"), Text(entry, "desktops")));
  }
  return Join(parts, ", ");
}

// The expected members that nobody has seen: some by name, and how many more.
std::string NeverReported(const Json& pool) {
  constexpr std::size_t kMostNames = 20;
  std::vector<std::string> names;
  for (const Json& name : pool.value("never_reported", Json::array())) {
    if (names.size() == kMostNames) break;
    names.push_back(Printable(name.get<std::string>(), 80));
  }
  const std::string count = Text(pool, "never_reported_count");
  const auto all = ParseInteger(count).value_or(0);
  if (all == 0) return "";
  std::string text =
      fmt::format("{} of {}: {}", count, Text(pool, "expected_members"), Join(names, ", "));
  if (all > std::ssize(names)) text += fmt::format(" (+{} more; --json)", all - std::ssize(names));
  return text;
}

void PrintHead(const Json& pool, const Terminal& terminal) {
  const std::string grade = Text(pool, "grade");
  terminal.out << Paint(Text(pool, "name"), Tint::kStrong, terminal.color) << ": "
               << Paint(grade, TintOf(grade), terminal.color);
  if (const std::string since = Text(pool, "since"); !since.empty()) {
    terminal.out << " since " << since;
  }
  terminal.out << "\n";
  for (const Json& reason : pool.value("reasons", Json::array())) {
    for (const std::string& line : Wrap("- " + Text(reason, "text"), terminal.width)) {
      terminal.out << line << "\n";
    }
  }
  terminal.out << "\n";
  Table table;
  table.rows = {{{"Desktops"}, {Counts(pool)}},
                {{"Platforms"}, {Values(pool.value("platforms", Json::array()))}},
                {{"Persistence"}, {Values(pool.value("persistence", Json::array()))}},
                {{"Docker"}, {Text(pool, "docker")}},
                {{"Policy"}, {PolicyText(pool)}}};
  if (const std::string names = NeverReported(pool); !names.empty()) {
    table.rows.push_back({{"Never reported"}, {names}});
  }
  terminal.out << Render(table, terminal.width, terminal.color) << "\n";
}

// Why, who excuses it, and what to do where it is not excused.
std::string Sentences(const Json& rule) {
  std::string text = Text(rule, "why");
  if (const std::string excuse = Text(rule, "excuse"); !excuse.empty()) text += " " + excuse;
  const bool fails =
      rule.value("noncompliant", 0) + rule.value("unknown", 0) + rule.value("conditional", 0) > 0;
  return fails ? text + " " + Text(rule, "remediation") : text;
}

// Rules that fail somewhere in full; of the others, only what they are called.
void PrintRules(const Json& pool, const Terminal& terminal) {
  Table table{{"RULE", "SEVERITY", "OK", "COND", "UNKN", "BAD", "WAIV", "WHY, AND WHAT TO DO"}, {}};
  std::vector<std::string> holding, unasked;
  for (const Json& rule : pool.value("rules", Json::array())) {
    if (Text(rule, "why").empty()) {
      (rule.value("compliant", 0) > 0 ? holding : unasked).push_back(Text(rule, "id"));
      continue;
    }
    const bool bad = rule.value("noncompliant", 0) > 0;
    table.rows.push_back({{Text(rule, "id"), bad ? Tint::kBad : Tint::kPlain},
                          {Text(rule, "severity")},
                          {Text(rule, "compliant")},
                          {Text(rule, "conditional")},
                          {Text(rule, "unknown")},
                          {Text(rule, "noncompliant")},
                          {Text(rule, "waived")},
                          {Sentences(rule)}});
  }
  if (!table.rows.empty()) terminal.out << Render(table, terminal.width, terminal.color) << "\n";
  Table others{{}, {{{"Hold"}, {Join(holding, ", ")}}, {{"Do not apply"}, {Join(unasked, ", ")}}}};
  terminal.out << Render(others, terminal.width, terminal.color);
}

Result<int> ShowPool(const PoolOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json pool,
                   Ask(*options.profile, "/api/v1/pools/" + PercentEncode(options.name)));
  if (*options.json) return PrintJson(pool, terminal.out), 0;
  PrintHead(pool, terminal);
  PrintRules(pool, terminal);
  if (const Json waivers = pool.value("waivers", Json::array()); !waivers.empty()) {
    terminal.out << "\n";
    PrintWaivers(waivers, terminal);
  }
  return 0;
}

std::shared_ptr<PoolOptions> AddPoolOptions(CLI::App* command) {
  auto options = std::make_shared<PoolOptions>();
  options->profile = AddProfileOption(command);
  options->json = AddJsonFlag(command);
  return options;
}

}  // namespace

void AddPools(CommandLine& line) {
  CLI::App* pools = line.app.add_subcommand("pool", "Pools as the server judges them");
  pools->require_subcommand(1);
  const Terminal& terminal = line.terminal;

  CLI::App* list = pools->add_subcommand("list", "All pools, the worst first");
  const auto list_options = AddPoolOptions(list);
  list->add_option("--grade", list_options->grade, "Only pools of this grade")->check(IsGrade());
  list->add_option("--search", list_options->search, "Only pools that this word is found in");
  line.OnChosen(list, [list_options, &terminal] { return ListPools(*list_options, terminal); });

  CLI::App* show = pools->add_subcommand("show", "One pool: why, and what to do");
  const auto show_options = AddPoolOptions(show);
  show->add_option("pool", show_options->name, "Its name")->required();
  line.OnChosen(show, [show_options, &terminal] { return ShowPool(*show_options, terminal); });
}

}  // namespace vdiwatch::server
