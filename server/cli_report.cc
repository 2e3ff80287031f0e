#include <fmt/format.h>

#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

constexpr Seconds kPatience{10 * 60};  // a day long ago takes a look at each move since

struct ComplianceCommand {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string scope, at, format, part, out;
  int limit = -1;
};

Result<ApiAnswer> AskReport(const ComplianceCommand& command, const std::string& format,
                            const Terminal& terminal) {
  Progress progress(terminal);
  progress.Show("the server makes the report …");
  const std::string limit = command.limit < 0 ? "" : std::to_string(command.limit);
  ApiRequest request{.target = WithQuery("/api/v1/reports/compliance", {{"scope", command.scope},
                                                                        {"at", command.at},
                                                                        {"format", format},
                                                                        {"part", command.part},
                                                                        {"limit", limit}}),
                     .accept = "*/*",
                     .patience = kPatience};
  return CallServer(*command.profile, request);
}

std::string SourceText(const Json& policy) {
  std::vector<std::string> packs;
  for (const Json& pack : policy.value("packs", Json::array())) {
    const Json source = pack.value("source", Json::object());
    packs.push_back(fmt::format("{} {} (source as of {})", Text(pack, "name"),
                                Text(pack, "version"), Text(source, "as_of")));
  }
  return Join(packs, ", ");
}

std::string CoverageText(const Json& pool) {
  const Json coverage = pool.value("coverage", Json());
  if (!coverage.is_object()) return "";
  return fmt::format("{} of {}", Text(coverage, "reporting"), Text(coverage, "expected_members"));
}

void PrintPools(const Json& report, const Terminal& terminal) {
  Table table{{"GRADE", "POOL", "DESKTOPS", "OK", "COND", "UNKN", "BAD", "EXPECTED", "WHY"}, {}};
  for (const Json& pool : report.value("pools", Json::array())) {
    const std::string grade = Text(pool, "grade");
    std::vector<std::string> reasons;
    for (const Json& reason : pool.value("reasons", Json::array())) {
      reasons.push_back(Text(reason, "text"));
    }
    table.rows.push_back({{grade, TintOf(grade)},
                          {Text(pool, "name"), Tint::kStrong},
                          {Text(pool, "desktops")},
                          {Text(pool, "compliant")},
                          {Text(pool, "conditional")},
                          {Text(pool, "unknown")},
                          {Text(pool, "noncompliant")},
                          {CoverageText(pool)},
                          {reasons.empty() ? "" : reasons.front()}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
}

std::string WhyOf(const Json& desktop) {
  std::string why = Text(desktop, "note");
  for (const Json& rule : desktop.value("rules", Json::array())) {
    why += (why.empty() ? "" : " ") + Text(rule, "why");
  }
  return why;
}

void PrintDesktops(const Json& report, const Terminal& terminal) {
  Table table{{"GRADE", "HOST NAME", "POOL", "PRESENCE", "WHY"}, {}};
  for (const Json& desktop : report.value("desktops", Json::array())) {
    const std::string grade = Text(desktop, "grade");
    table.rows.push_back({{grade, TintOf(grade)},
                          {Text(desktop, "host_name"), Tint::kStrong},
                          {Text(desktop, "pool")},
                          {Text(desktop, "presence")},
                          {WhyOf(desktop)}});
  }
  if (!table.rows.empty()) {
    terminal.out << "\n" << Render(table, terminal.width, terminal.color);
  }
  const auto left_out = report.value("left_out", std::int64_t{0});
  if (left_out > 0) terminal.err << fmt::format("{} more are left out; see --limit.\n", left_out);
}

void PrintWaiversInForce(const Json& report, const Terminal& terminal) {
  Table table{{"WAIVER", "RULE", "FOR", "EXPIRES", "DESKTOPS", "WHO, AND WHY"}, {}};
  for (const Json& waiver : report.value("waivers", Json::array())) {
    table.rows.push_back({{Text(waiver, "id"), Tint::kStrong},
                          {Text(waiver, "rule")},
                          {Text(waiver, "scope")},
                          {Text(waiver, "expires")},
                          {Text(waiver, "desktops")},
                          {Text(waiver, "owner") + ": " + Text(waiver, "reason")}});
  }
  if (!table.rows.empty()) {
    terminal.out << "\n" << Render(table, terminal.width, terminal.color);
  }
}

void PrintReport(const Json& report, const Terminal& terminal) {
  const Json policy = report.value("policy", Json::object());
  terminal.out << Paint(Text(report, "title"), Tint::kStrong, terminal.color) << ", as of "
               << Text(report, "as_of") << "\n"
               << "Policy " << Text(policy, "digest") << ", in force since "
               << Text(policy, "in_force_since") << "\n"
               << "Rules " << SourceText(policy) << "\n\n";
  PrintPools(report, terminal);
  PrintDesktops(report, terminal);
  PrintWaiversInForce(report, terminal);
}

Result<int> RunCompliance(const ComplianceCommand& command, const Terminal& terminal) {
  const bool table = command.format == "table" && !*command.json;
  const std::string format = table || *command.json ? "json" : command.format;
  ASSIGN_OR_RETURN(const ApiAnswer answer, AskReport(command, format, terminal));
  if (!command.out.empty()) {
    RETURN_IF_ERROR(WriteOutput(command.out, answer.body, FileMode::kPrivate));
    terminal.out << command.out << "\n";
    return 0;
  }
  if (format == "csv") return terminal.out << answer.body, 0;
  ASSIGN_OR_RETURN(const Json report, ParseJson(answer.body, "the report", {64 << 20, 64}));
  if (!table) return PrintJson(report, terminal.out), 0;
  PrintReport(report, terminal);
  return 0;
}

std::string MisuseOf(const ComplianceCommand& command) {
  if (*command.json && command.format != "table" && command.format != "json") {
    return fmt::format("--json prints JSON, and --format says {}; leave one out", command.format);
  }
  if (!command.part.empty() && (command.format != "csv" || *command.json)) {
    return "--part goes with --format csv alone";
  }
  if (command.format == "xlsx" && command.out.empty()) {
    return "--format xlsx needs --out FILE: a workbook is no text";
  }
  return "";
}

}  // namespace

void AddReports(CommandLine& line) {
  CLI::App* reports = line.app.add_subcommand("report", "Compliance reports, and exports compared");
  reports->require_subcommand(1);
  const Terminal& terminal = line.terminal;

  CLI::App* compliance = reports->add_subcommand(
      "compliance", "How pools stood at one moment, under the policy that was in force then");
  const auto command = std::make_shared<ComplianceCommand>();
  command->profile = AddProfileOption(compliance);
  command->json = AddJsonFlag(compliance);
  compliance->add_option("--scope", command->scope,
                         "fleet, pool:NAME or attribute:KEY=VALUE; none: the fleet");
  compliance->add_option("--at", command->at, "A day, 2026-11-01, or a time; none: now")
      ->check(IsDayOrTime());
  command->format = "table";
  compliance->add_option("--format", command->format, "How it is printed")
      ->check(CLI::IsMember({"table", "json", "csv", "xlsx"}))
      ->capture_default_str();
  compliance->add_option("--part", command->part, "Which table of csv")
      ->check(CLI::IsMember({"pools", "rules", "desktops", "waivers"}));
  compliance->add_option("--limit", command->limit, "At most so many desktops one by one")
      ->check(CLI::Range(0, 100'000));
  compliance->add_option("--out", command->out, "Write it to this file")->type_name("FILE");
  line.OnChosen(
      compliance, [command, &terminal] { return RunCompliance(*command, terminal); },
      [command] { return MisuseOf(*command); });

  AddSchedules(line, reports);
  AddReconcile(line, reports);
}

}  // namespace vdiwatch::server
