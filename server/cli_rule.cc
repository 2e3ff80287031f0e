#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "server/cli.h"
#include "server/cli_remote.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

// "docker-desktop-vdi 2026.11.1, after … as of 2025-06-01".
std::string PackText(const Json& pack) {
  const Json source = pack.value("source", Json::object());
  return fmt::format("{} {}: {} ({}), as of {}", Text(pack, "name"), Text(pack, "version"),
                     Text(source, "title"), Text(source, "url"), Text(source, "as_of"));
}

Result<int> ListRules(const std::string& profile, bool json, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(profile, "/api/v1/rules"));
  if (json) return PrintJson(answer, terminal.out), 0;
  bool first = true;
  for (const Json& pack : answer.value("packs", Json::array())) {
    terminal.out << (first ? "" : "\n") << PackText(pack) << "\n";
    first = false;
    Table table{{"RULE", "SEVERITY", "ELSE", "TITLE"}, {}};
    for (const Json& rule : pack.value("rules", Json::array())) {
      const std::string otherwise = Text(rule, "otherwise");
      table.rows.push_back({{Text(rule, "id"), Tint::kStrong},
                            {Text(rule, "severity")},
                            {otherwise, TintOf(otherwise)},
                            {Text(rule, "title")}});
    }
    terminal.out << Render(table, terminal.width, terminal.color);
  }
  return 0;
}

Result<int> ShowRule(const std::string& profile, const std::string& id, bool json,
                     const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(profile, "/api/v1/rules"));
  std::vector<std::string> ids;
  for (const Json& pack : answer.value("packs", Json::array())) {
    for (const Json& rule : pack.value("rules", Json::array())) {
      ids.push_back(Text(rule, "id"));
      if (ids.back() != id) continue;
      Json whole = rule;
      whole["pack"] = {{"name", Text(pack, "name")},
                       {"version", Text(pack, "version")},
                       {"source", pack.value("source", Json::object())}};
      if (json) return PrintJson(whole, terminal.out), 0;
      const Table table{{},
                        {{{"Rule"}, {id, Tint::kStrong}},
                         {{"Title"}, {Text(rule, "title")}},
                         {{"Severity"}, {Text(rule, "severity")}},
                         {{"Where it fails"}, {Text(rule, "otherwise")}},
                         {{"Why it matters"}, {Text(rule, "because")}},
                         {{"What to do"}, {Text(rule, "remediation")}},
                         {{"Contact"}, {Text(rule, "contact")}},
                         {{"Section"}, {Text(rule, "section")}},
                         {{"Source"}, {Text(rule, "url")}},
                         {{"Pack"}, {PackText(pack)}}}};
      terminal.out << Render(table, terminal.width, terminal.color);
      return 0;
    }
  }
  const std::vector<std::string_view> candidates(ids.begin(), ids.end());
  const auto near = Nearest(id, candidates);
  return NotFound(fmt::format("there is no rule '{}' in the policy in force{}", Printable(id),
                              near ? fmt::format("; did you mean '{}'?", *near) : ""));
}

}  // namespace

void AddRules(CommandLine& line) {
  CLI::App* rules = line.app.add_subcommand("rule", "The rules of the policy in force");
  rules->require_subcommand(1);
  const Terminal& terminal = line.terminal;

  CLI::App* list = rules->add_subcommand("list", "All rules, pack by pack");
  const auto list_profile = AddProfileOption(list);
  const auto list_json = AddJsonFlag(list);
  line.OnChosen(list, [=, &terminal] { return ListRules(*list_profile, *list_json, terminal); });

  CLI::App* show = rules->add_subcommand("show", "One rule: why it matters, and what to do");
  const auto profile = AddProfileOption(show);
  const auto json = AddJsonFlag(show);
  const auto id = std::make_shared<std::string>();
  show->add_option("rule", *id, "Its id")->required();
  line.OnChosen(show, [=, &terminal] { return ShowRule(*profile, *id, *json, terminal); });
}

}  // namespace vdiwatch::server
