#include <fmt/format.h>

#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "server/cli.h"
#include "server/cli_remote.h"
#include "server/compliance/machine_export.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

constexpr Seconds kPatience{5 * 60};

struct ReconcileCommand {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string file, scope, column, members;
  int limit = -1;
};

void PrintSeated(const Json& list, std::string_view what, Table& table) {
  for (const Json& desktop : list) {
    table.rows.push_back({{std::string(what), Tint::kWarning},
                          {Text(desktop, "host_name"), Tint::kStrong},
                          {Text(desktop, "pool")},
                          {Text(desktop, "presence")},
                          {Text(desktop, "last_seen")}});
  }
}

void PrintFound(const Json& found, const Terminal& terminal) {
  const Json machines = found.value("export", Json::object());
  const Json counts = found.value("counts", Json::object());
  terminal.out << fmt::format(
      "{} machines in the column '{}' ({}): {} report, {} fell silent, {} never reported; "
      "{} desktops are not in the export\n",
      Text(machines, "hosts"), Text(machines, "column"), Text(machines, "encoding"),
      Text(counts, "both"), Text(counts, "stale"), Text(counts, "never_reported"),
      Text(counts, "not_in_export"));
  Table table{{"WHAT", "HOST NAME", "POOL", "PRESENCE", "LAST SEEN"}, {}};
  for (const Json& host : found.value("never_reported", Json::array())) {
    table.rows.push_back({{"never reported", Tint::kBad},
                          {Printable(host.get<std::string>()), Tint::kStrong},
                          {""},
                          {""},
                          {""}});
  }
  PrintSeated(found.value("stale", Json::array()), "fell silent", table);
  PrintSeated(found.value("not_in_export", Json::array()), "not in export", table);
  if (!table.rows.empty()) {
    terminal.out << "\n" << Render(table, terminal.width, terminal.color);
  }
  for (const char* list : {"never_reported", "stale", "not_in_export"}) {
    const auto all = counts.value(list, std::int64_t{0});
    const auto told = static_cast<std::int64_t>(found.value(list, Json::array()).size());
    if (all > told) terminal.err << fmt::format("{}: {} more; see --limit.\n", list, all - told);
  }
}

// What a pool of the policy may name as `expected_members: FILE`.
Result<void> WriteMembers(const ReconcileCommand& command, const std::string& bytes) {
  ASSIGN_OR_RETURN(const auto machines, compliance::ReadMachineExport(bytes, command.column));
  std::string csv = "host_name\n";
  for (const std::string& host : machines.hosts) csv += host + "\n";
  return WriteOutput(command.members, csv, FileMode::kPublic);
}

Result<int> RunReconcile(const ReconcileCommand& command, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(command.file, compliance::kMaxExportBytes));
  const std::string limit = command.limit < 0 ? "" : std::to_string(command.limit);
  Result<ApiAnswer> answer = ApiAnswer{};
  {
    Progress progress(terminal);
    progress.Show("the server compares the export with what reports …");
    answer =
        CallServer(*command.profile,
                   {.method = "POST",
                    .target = WithQuery(
                        "/api/v1/reports/reconcile",
                        {{"scope", command.scope}, {"column", command.column}, {"limit", limit}}),
                    .body = bytes,
                    .content_type = "text/csv",
                    .patience = kPatience});
  }
  if (!answer) return std::move(answer).error();
  ASSIGN_OR_RETURN(const Json found, ParseJson(answer->body, "the answer", {64 << 20, 16}));
  if (!command.members.empty()) RETURN_IF_ERROR(WriteMembers(command, bytes));
  if (*command.json) {
    PrintJson(found, terminal.out);
  } else {
    PrintFound(found, terminal);
  }
  return 0;
}

}  // namespace

void AddReconcile(CommandLine& line, CLI::App* reports) {
  CLI::App* reconcile = reports->add_subcommand(
      "reconcile", "Compare a broker's or Intune's CSV export with what reports");
  const auto command = std::make_shared<ReconcileCommand>();
  reconcile->add_option("file", command->file, "The export")->required()->type_name("FILE");
  command->profile = AddProfileOption(reconcile);
  command->json = AddJsonFlag(reconcile);
  reconcile->add_option("--scope", command->scope,
                        "fleet, pool:NAME or attribute:KEY=VALUE; none: the fleet");
  reconcile->add_option("--column", command->column,
                        "The header of the machines' names; none: the first known one");
  reconcile->add_option("--limit", command->limit, "At most so many of each list")
      ->check(CLI::Range(0, 100'000));
  reconcile
      ->add_option("--write-members", command->members,
                   "Write the names to this CSV, for a pool's expected_members")
      ->type_name("FILE");
  const Terminal& terminal = line.terminal;
  line.OnChosen(reconcile, [command, &terminal] { return RunReconcile(*command, terminal); });
}

}  // namespace vdiwatch::server
