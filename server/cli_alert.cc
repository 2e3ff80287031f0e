#include <fmt/format.h>

#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "policy/policy_set.h"
#include "server/alert/config.h"
#include "server/alert/known_names.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

constexpr Seconds kSinkPatience{120};
constexpr std::size_t kMaxPolicyBytes = 1 << 20;

struct AlertOptions {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string state, pool, cause, severity, id, sink;
};

Tint TintOfSeverity(std::string_view severity) {
  if (severity == "critical" || severity == "major") return Tint::kBad;
  return severity == "minor" ? Tint::kWarning : Tint::kFaint;
}

std::string PoolOf(const Json& alert) {
  const std::string pool = Text(alert, "pool");
  return pool.empty() ? "(fleet)" : pool;
}

Result<int> ListAlerts(const AlertOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(*options.profile, "/api/v1/alerts",
                                          {{"state", options.state},
                                           {"pool", options.pool},
                                           {"cause", options.cause},
                                           {"severity", options.severity},
                                           {"limit", "500"}}));
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  Table table{{"STATE", "SEVERITY", "ALERT", "POOL", "SINCE", "ID", "WHAT"}, {}};
  for (const Json& alert : answer.value("alerts", Json::array())) {
    const std::string state = Text(alert, "state"), severity = Text(alert, "severity");
    const bool silenced = !Text(alert, "silenced_by").empty();
    table.rows.push_back({{state, state == "resolved" ? Tint::kGood : Tint::kPlain},
                          {severity, state == "open" ? TintOfSeverity(severity) : Tint::kFaint},
                          {Text(alert, "name"), Tint::kStrong},
                          {PoolOf(alert)},
                          {Text(alert, "since")},
                          {Text(alert, "id")},
                          {(silenced ? "(silenced) " : "") + Text(alert, "text")}});
  }
  if (table.rows.empty()) {
    terminal.out << "No alerts.\n";
  } else {
    terminal.out << Render(table, terminal.width, terminal.color);
  }
  if (!Text(answer, "next_cursor").empty()) terminal.out << "There are more; narrow it down.\n";
  return 0;
}

void PrintHead(const Json& alert, const Terminal& terminal) {
  Table head;
  for (const auto& [title, key] : {std::pair("State", "state"),
                                   {"Severity", "severity"},
                                   {"Cause", "cause"},
                                   {"Since", "since"},
                                   {"Opened", "opened_at"},
                                   {"Resolved", "resolved_at"},
                                   {"Silenced by", "silenced_by"},
                                   {"What", "text"},
                                   {"What to do", "remediation"}}) {
    const std::string text = Text(alert, key);
    if (!text.empty()) head.rows.push_back({{title}, {text}});
  }
  terminal.out << Paint(Text(alert, "name") + "  " + PoolOf(alert), Tint::kStrong, terminal.color)
               << "\n"
               << Render(head, terminal.width, terminal.color);
}

Result<int> ShowAlert(const AlertOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json alert,
                   Ask(*options.profile, "/api/v1/alerts/" + PercentEncode(options.id)));
  if (*options.json) return PrintJson(alert, terminal.out), 0;
  PrintHead(alert, terminal);
  Table told{{"AT", "TOLD", "SINK", "STATE", "ATTEMPTS", "WHY"}, {}};
  for (const Json& notice : alert.value("notices", Json::array())) {
    told.rows.push_back({{Text(notice, "at")}, {Text(notice, "kind")}, {""}, {""}, {""}, {""}});
  }
  for (const Json& delivery : alert.value("deliveries", Json::array())) {
    told.rows.push_back({{Text(delivery, "created_at")},
                         {Text(delivery, "kind")},
                         {Text(delivery, "sink")},
                         {Text(delivery, "state")},
                         {Text(delivery, "attempts")},
                         {Text(delivery, "why")}});
  }
  terminal.out << "\n" << Render(told, terminal.width, terminal.color);
  return 0;
}

Result<int> ListSinks(const AlertOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(*options.profile, "/api/v1/sinks"));
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  Table table{
      {"STATE", "SINK", "KIND", "WAITING", "SENT", "FAILED", "DROPPED", "LAST SUCCESS", "WHY"}, {}};
  for (const Json& sink : answer.value("sinks", Json::array())) {
    const std::string state = Text(sink, "state");
    const bool bad = state == "failing" || state == "disabled";
    table.rows.push_back({{state, bad ? Tint::kBad : Tint::kGood},
                          {Text(sink, "name"), Tint::kStrong},
                          {Text(sink, "kind")},
                          {Text(sink, "waiting")},
                          {Text(sink, "sent")},
                          {Text(sink, "failed")},
                          {Text(sink, "dropped")},
                          {Text(sink.value("last_success", Json()), "at")},
                          {Text(sink, "why")}});
  }
  const std::string problem = answer.value("problem", "");
  if (!problem.empty()) {
    terminal.out << "The last good alerts_file stays in force:\n";
    for (const std::string_view mistake : Split(problem, '\n')) {
      terminal.out << "  " << Printable(mistake, 4096) << "\n";
    }
  }
  if (table.rows.empty()) {
    terminal.out << "No sinks: alerts are kept, and sent to nobody (docs/alerting.md).\n";
  } else {
    terminal.out << Render(table, terminal.width, terminal.color);
  }
  return 0;
}

// Without a name there must be just one.
Result<std::string> SinkToTest(const AlertOptions& options) {
  if (!options.sink.empty()) return options.sink;
  ASSIGN_OR_RETURN(const Json answer, Ask(*options.profile, "/api/v1/sinks"));
  const Json sinks = answer.value("sinks", Json::array());
  if (sinks.size() == 1) return Text(sinks[0], "name");
  std::vector<std::string> names;
  for (const Json& sink : sinks) names.push_back(Text(sink, "name"));
  if (names.empty()) return NotFound("there are no sinks: name some in alerts_file");
  return Invalid("say which sink: " + Join(names, ", "));
}

Result<int> TestSink(const AlertOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const std::string sink, SinkToTest(options));
  ASSIGN_OR_RETURN(const Json tried,
                   Tell(*options.profile, "/api/v1/sinks/" + PercentEncode(sink) + "/test",
                        Json::object(), kSinkPatience));
  const bool delivered = tried.value("delivered", false);
  if (*options.json) {
    PrintJson(tried, terminal.out);
  } else {
    terminal.out << fmt::format("{}: {} after {} ms: {}\n", sink,
                                delivered ? "delivered" : "NOT delivered", Text(tried, "took_ms"),
                                Text(tried, "answer"));
  }
  return delivered ? 0 : ExitCode(ErrorKind::kUnavailable);
}

struct LintOptions {
  std::string file;
  std::vector<std::string> policies;
  std::shared_ptr<bool> json;
};

// The built-in pack's names, and those of the files.
Result<alert::KnownNames> NamesIn(const std::vector<std::string>& policies) {
  std::vector<policy::PolicyFile> files = {policy::BuiltInPack()};
  for (const std::string& path : policies) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxPolicyBytes));
    files.push_back({path, std::move(text)});
  }
  return alert::NamesUnder(policy::LoadPolicy(files).set);
}

Result<int> Lint(const LintOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, alert::kMaxAlertConfigBytes));
  ASSIGN_OR_RETURN(const alert::KnownNames known, NamesIn(options.policies));
  const SystemClock clock;
  const auto read = alert::ParseAlertConfig(text, options.file, clock);
  std::vector<std::string> mistakes;
  if (!read) {
    for (const std::string_view line : Split(read.error().message, '\n')) {
      mistakes.emplace_back(line);
    }
  } else {
    mistakes = alert::UnknownNames(*read, known);
    if (options.policies.empty()) {
      for (std::string& mistake : mistakes) mistake += " (name packs of your own with --policy)";
    }
  }
  if (*options.json) {
    PrintJson({{"mistakes", mistakes}}, terminal.out);
  } else {
    for (const std::string& mistake : mistakes) terminal.out << mistake << "\n";
  }
  return mistakes.empty() ? 0 : 1;
}

std::shared_ptr<AlertOptions> AddAlertOptions(CLI::App* command) {
  auto options = std::make_shared<AlertOptions>();
  options->profile = AddProfileOption(command);
  options->json = AddJsonFlag(command);
  return options;
}

void AddAlertList(CommandLine& line, CLI::App* alerts) {
  const Terminal& terminal = line.terminal;
  CLI::App* list = alerts->add_subcommand("list", "What is open, and what was; the newest first");
  const auto options = AddAlertOptions(list);
  list->add_option("--state", options->state, "Without it those that are open or resolved")
      ->check(CLI::IsMember({"waiting", "open", "resolved"}));
  list->add_option("--pool", options->pool, "Only of this pool");
  list->add_option("--cause", options->cause,
                   "Only of this cause: a rule's id, pool-noncompliant, …");
  list->add_option("--severity", options->severity, "Only of this severity")->check(IsSeverity());
  line.OnChosen(list, [options, &terminal] { return ListAlerts(*options, terminal); });

  CLI::App* show = alerts->add_subcommand("show", "One alert, and who was told of it");
  const auto show_options = AddAlertOptions(show);
  show->add_option("alert", show_options->id, "Its id")->required();
  line.OnChosen(show, [show_options, &terminal] { return ShowAlert(*show_options, terminal); });
}

}  // namespace

void AddAlerts(CommandLine& line) {
  CLI::App* alerts = line.app.add_subcommand("alert", "Alerts, and whom they reach");
  alerts->require_subcommand(1);
  const Terminal& terminal = line.terminal;
  AddAlertList(line, alerts);

  CLI::App* sinks = alerts->add_subcommand("sinks", "Where alerts are sent, and how that goes");
  const auto sink_options = AddAlertOptions(sinks);
  line.OnChosen(sinks, [sink_options, &terminal] { return ListSinks(*sink_options, terminal); });

  CLI::App* test = alerts->add_subcommand("test", "Send a test to a sink and show its answer");
  const auto test_options = AddAlertOptions(test);
  test->add_option("sink", test_options->sink, "Its name; not needed if there is one alone");
  line.OnChosen(test, [test_options, &terminal] { return TestSink(*test_options, terminal); });

  AddDeliveries(line, alerts);
  AddSilences(line, alerts);

  CLI::App* lint = alerts->add_subcommand("lint", "Every mistake in an alerts_file, one a line");
  const auto lint_options = std::make_shared<LintOptions>();
  lint->add_option("file", lint_options->file, "alerts.yaml")->required()->type_name("FILE");
  lint->add_option("--policy", lint_options->policies,
                   "Policy files whose rules and alerts routes may name, beside the built-in pack")
      ->type_name("FILE");
  lint_options->json = AddJsonFlag(lint);
  line.OnChosen(lint, [lint_options, &terminal] { return Lint(*lint_options, terminal); });
}

}  // namespace vdiwatch::server
