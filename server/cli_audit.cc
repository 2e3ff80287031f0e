#include <ostream>

#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

struct AuditOptions {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string actor, action, since, until;
  int limit = 100;
};

Result<int> ShowAudit(const AuditOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(*options.profile, "/api/v1/audit",
                                          {{"actor", options.actor},
                                           {"action", options.action},
                                           {"since", options.since},
                                           {"until", options.until},
                                           {"limit", std::to_string(options.limit)}}));
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  Table table{{"AT", "WHO", "DID", "TO", "DETAIL"}, {}};
  for (const Json& entry : answer.value("entries", Json::array())) {
    table.rows.push_back({{Text(entry, "at")},
                          {Text(entry, "actor"), Tint::kStrong},
                          {Text(entry, "action")},
                          {Text(entry, "subject")},
                          {Text(entry, "detail")}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
  if (answer.contains("next_cursor") && !answer["next_cursor"].is_null()) {
    terminal.err << "There is more: narrow it with --since and --until, or raise --limit.\n";
  }
  return 0;
}

}  // namespace

void AddAudit(CommandLine& line) {
  CLI::App* audit = line.app.add_subcommand("audit", "Who did what, newest first");
  const auto options = std::make_shared<AuditOptions>();
  options->profile = AddProfileOption(audit);
  options->json = AddJsonFlag(audit);
  audit->add_option("--actor", options->actor, "Only what this user, token:NAME or local:NAME did");
  audit->add_option("--action", options->action, "Only this, such as user_added");
  audit->add_option("--since", options->since, "Not before this time, 2026-11-01T00:00:00Z")
      ->check(IsTime());
  audit->add_option("--until", options->until, "Before this time")->check(IsTime());
  audit->add_option("--limit", options->limit, "The most lines")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  const Terminal& terminal = line.terminal;
  line.OnChosen(audit, [=, &terminal] { return ShowAudit(*options, terminal); });
}

}  // namespace vdiwatch::server
