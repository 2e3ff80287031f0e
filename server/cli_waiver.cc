#include "server/cli_waiver.h"

#include <ostream>

#include "server/cli_remote.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

Tint TintOfState(std::string_view state) {
  if (state == "expired") return Tint::kBad;
  if (state == "expiring" || state == "unused") return Tint::kWarning;
  return state == "active" ? Tint::kGood : Tint::kFaint;
}

Result<int> ListWaivers(const std::string& profile, bool json, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(profile, "/api/v1/waivers"));
  if (json) return PrintJson(answer, terminal.out), 0;
  const Json waivers = answer.value("waivers", Json::array());
  if (waivers.empty()) {
    terminal.out << "No waivers: the policy excuses nothing.\n";
  } else {
    PrintWaivers(waivers, terminal);
  }
  return 0;
}

}  // namespace

void PrintWaivers(const Json& waivers, const Terminal& terminal) {
  Table table{{"STATE", "WAIVER", "RULE", "FOR", "DESKTOPS", "EXPIRES", "WHO, AND WHY"}, {}};
  for (const Json& waiver : waivers) {
    const std::string state = Text(waiver, "state");
    table.rows.push_back({{state, TintOfState(state)},
                          {Text(waiver, "id"), Tint::kStrong},
                          {Text(waiver, "rule")},
                          {Text(waiver, "scope")},
                          {Text(waiver, "desktops")},
                          {Text(waiver, "expires")},
                          {Text(waiver, "owner") + ": " + Text(waiver, "reason")}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
}

void AddWaivers(CommandLine& line) {
  CLI::App* waivers = line.app.add_subcommand("waiver", "Who excused what, and until when");
  waivers->require_subcommand(1);
  const Terminal& terminal = line.terminal;
  CLI::App* list = waivers->add_subcommand("list", "All waivers; what needs attention first");
  const auto profile = AddProfileOption(list);
  const auto json = AddJsonFlag(list);
  line.OnChosen(list, [=, &terminal] { return ListWaivers(*profile, *json, terminal); });
}

}  // namespace vdiwatch::server
