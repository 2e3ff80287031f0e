#include "server/cli_desktop.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

constexpr int kPage = 500;

struct DesktopOptions {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string name, why, pool, grade, presence, rule, rule_grade, search;
  int limit = 200;
};

// Goes from page to page until `limit` desktops are there or the list ends.
Result<Json> Collect(const DesktopOptions& options, Progress& progress) {
  Json collected = {{"desktops", Json::array()}, {"next_cursor", nullptr}};
  int missing = options.limit;
  std::string cursor;
  do {
    ASSIGN_OR_RETURN(Json page, Ask(*options.profile, "/api/v1/desktops",
                                    {{"pool", options.pool},
                                     {"grade", options.grade},
                                     {"presence", options.presence},
                                     {"rule", options.rule},
                                     {"rule_grade", options.rule_grade},
                                     {"q", options.search},
                                     {"cursor", cursor},
                                     {"limit", std::to_string(std::min(missing, kPage))}}));
    for (Json& desktop : page["desktops"]) collected["desktops"].push_back(std::move(desktop));
    missing = options.limit - static_cast<int>(collected["desktops"].size());
    cursor = Text(page, "next_cursor");
    collected["next_cursor"] = std::move(page["next_cursor"]);
    progress.Show("desktops", std::ssize(collected["desktops"]), options.limit);
  } while (!cursor.empty() && missing > 0);
  return collected;
}

Result<int> ListDesktops(const DesktopOptions& options, const Terminal& terminal) {
  Result<Json> collected = Json();
  {
    Progress progress(terminal);
    collected = Collect(options, progress);
  }
  if (!collected) return std::move(collected).error();
  const Json& answer = *collected;
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  Table table{{"GRADE", "HOST NAME", "POOL", "PRESENCE", "LAST SEEN", "ID", "WHY"}, {}};
  for (const Json& desktop : answer["desktops"]) {
    const std::string grade = Text(desktop, "grade");
    table.rows.push_back({{grade, TintOf(grade)},
                          {Text(desktop, "host_name"), Tint::kStrong},
                          {Text(desktop, "pool")},
                          {Text(desktop, "presence")},
                          {Text(desktop, "last_seen")},
                          {Text(desktop, "id"), Tint::kFaint},
                          {Text(desktop, "reason")}});
  }
  terminal.out << (table.rows.empty() ? "No such desktops.\n"
                                      : Render(table, terminal.width, terminal.color));
  if (!answer["next_cursor"].is_null()) {
    terminal.err << fmt::format("There are more than {}; see --limit.\n", options.limit);
  }
  return 0;
}

Result<int> ShowDesktop(const DesktopOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json desktop,
                   Ask(*options.profile, "/api/v1/desktops/" + PercentEncode(options.name)));
  if (*options.json) {
    PrintJson(desktop, terminal.out);
  } else {
    PrintDesktop(desktop, terminal);
  }
  return 0;
}

Result<int> RevokeDesktop(const DesktopOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(
      const Json answer,
      Tell(*options.profile, "/api/v1/desktops/" + PercentEncode(options.name) + "/revoke",
           {{"why", options.why}}));
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  terminal.out << fmt::format(
      "{} ({}): {} certificate(s) revoked; refused from its next request on.\n"
      "A new key with a valid enrolment token may still enrol: see `vdiwatch token revoke`.\n",
      Text(answer, "host_name"), Text(answer, "id"), Text(answer, "revoked"));
  return 0;
}

std::shared_ptr<DesktopOptions> AddDesktopOptions(CLI::App* command) {
  auto options = std::make_shared<DesktopOptions>();
  options->profile = AddProfileOption(command);
  options->json = AddJsonFlag(command);
  return options;
}

}  // namespace

void AddDesktops(CommandLine& line) {
  CLI::App* desktops = line.app.add_subcommand("desktop", "Desktops as the server judges them");
  desktops->require_subcommand(1);
  const Terminal& terminal = line.terminal;

  CLI::App* list = desktops->add_subcommand("list", "Desktops by pool, grade, rule or name");
  const auto list_options = AddDesktopOptions(list);
  list->add_option("--pool", list_options->pool, "Only of this pool");
  list->add_option("--grade", list_options->grade, "Only of this grade")->check(IsGrade());
  list->add_option("--presence", list_options->presence, "Only where it stands so")
      ->check(IsPresence());
  CLI::Option* rule = list->add_option("--rule", list_options->rule, "Only where this rule …");
  list->add_option("--rule-grade", list_options->rule_grade, "… has this grade")
      ->check(IsGrade())
      ->needs(rule);
  list->add_option("--search", list_options->search, "In host name or id");
  list->add_option("--limit", list_options->limit, "At most so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  line.OnChosen(list, [list_options, &terminal] { return ListDesktops(*list_options, terminal); });

  CLI::App* show = desktops->add_subcommand("show", "One desktop: rules, evidence, what to do");
  const auto show_options = AddDesktopOptions(show);
  show->add_option("desktop", show_options->name, "Its host name or id")->required();
  line.OnChosen(show, [show_options, &terminal] { return ShowDesktop(*show_options, terminal); });

  CLI::App* revoke = desktops->add_subcommand("revoke", "Refuse its agent from now on");
  const auto revoke_options = AddDesktopOptions(revoke);
  revoke->add_option("desktop", revoke_options->name, "Its host name or id")->required();
  revoke->add_option("--why", revoke_options->why, "For the timeline and the audit log");
  line.OnChosen(revoke,
                [revoke_options, &terminal] { return RevokeDesktop(*revoke_options, terminal); });
}

}  // namespace vdiwatch::server
