#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "server/api_client.h"
#include "server/app.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/duration.h"
#include "server/policy_commands.h"
#include "server/policy_plan.h"
#include "server/policy_plan_print.h"
#include "server/policy_source.h"

namespace vdiwatch::server {
namespace {

constexpr Seconds kPatience{30 * 60};  // a replay reads all that was recorded

struct PlanCommand {
  std::vector<std::string> paths;
  std::string since, config;
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
};

Result<std::vector<policy::PolicyFile>> ReadFiles(const std::vector<std::string>& paths) {
  std::vector<policy::PolicyFile> files;
  for (const auto& path : paths) {
    ASSIGN_OR_RETURN(auto read, policy::ReadPolicyFiles(path));
    for (auto& file : read) files.push_back(std::move(file));
  }
  return files;
}

// On the server itself, beside the daemon or without it.
Result<Json> PlanHere(const PlanCommand& command, std::optional<Seconds> since,
                      Progress& progress) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(command.config));
  ASSIGN_OR_RETURN(const auto database, OpenStore(config));
  ASSIGN_OR_RETURN(const auto first, FindFirstPolicy(config, *database.reader));
  const ReadPolicy& current = first.read;
  ASSIGN_OR_RETURN(auto next_files, ReadFiles(command.paths));
  if (config.built_in_pack) next_files.insert(next_files.begin(), policy::BuiltInPack());
  ASSIGN_OR_RETURN(const auto next, JudgePolicyFiles(next_files));
  const PlanOptions options{since, [&](std::string_view what, std::int64_t done, std::int64_t of) {
                              progress.Show(what, done, of);
                            }};
  ASSIGN_OR_RETURN(const auto made, PlanFleet(*database.reader, current.set, next.set,
                                              SystemClock().Now(), options));
  return PlanToJson(made, current.set, next.set, config.built_in_pack);
}

Result<Json> PlanThere(const PlanCommand& command, std::optional<Seconds> since,
                       Progress& progress) {
  ASSIGN_OR_RETURN(const auto files, ReadFiles(command.paths));
  Json body = {{"files", Json::array()}, {"since_s", since.value_or(Seconds(0)).count()}};
  for (const auto& file : files) {
    if (!IsUtf8(file.text)) return Invalid(fmt::format("{}: not UTF-8 text", file.name));
    body["files"].push_back({{"name", file.name}, {"text", file.text}});
  }
  progress.Show(since ? "the server replays what it recorded …"
                      : "the server looks at its fleet …");
  return Tell(*command.profile, "/api/v1/policy/plan", body, kPatience);
}

// The mistakes that show only beside the built-in pack, as lint tells them; empty if it is another
// error.
std::string MistakesOf(const Error& error, const PlanCommand& command) {
  const auto files = ReadFiles(command.paths);
  if (error.kind != ErrorKind::kInvalid || !files) return "";
  std::size_t first = std::string::npos;
  for (const auto& file : *files) {
    first = std::min(first, error.message.find(file.name + ":"));
  }
  return first == std::string::npos ? "" : error.message.substr(first);
}

Result<int> RunPlan(const PlanCommand& command, const Terminal& terminal) {
  std::optional<Seconds> since;
  if (!command.since.empty()) {
    since = ParseDuration(command.since);
    if (!since) {
      return Invalid(fmt::format("--since: '{}' is no span such as 30d or 12h", command.since));
    }
  }
  std::ostream& lint = *command.json ? terminal.err : terminal.out;
  const int mistakes = PolicyLint({command.paths}, lint, terminal.err);
  if (mistakes != 0) return mistakes;
  Result<Json> plan = Json();
  {
    Progress progress(terminal);
    plan = command.config.empty() ? PlanThere(command, since, progress)
                                  : PlanHere(command, since, progress);
  }
  if (!plan) {
    const std::string lines = MistakesOf(plan.error(), command);
    if (lines.empty()) return std::move(plan).error();
    lint << lines << '\n';
    return 1;
  }
  if (*command.json) {
    PrintJson(*plan, terminal.out);
  } else {
    PrintPlan(*plan, terminal);
  }
  return 0;
}

}  // namespace

void AddPolicyPlan(CommandLine& line, CLI::App* parent) {
  CLI::App* plan = parent->add_subcommand(
      "plan", "What would change if these files took the place of those in policy_dir");
  const auto command = std::make_shared<PlanCommand>();
  plan->add_option("file", command->paths, "Policy files, or directories of them")->required();
  plan->add_option("--since", command->since, "Replay what was recorded, so far back: 30d")
      ->check(IsSpan());
  command->profile = AddProfileOption(plan);
  plan->add_option("--config", command->config,
                   "On the server: read its store directly, vdiwatch.yaml")
      ->type_name("FILE")
      ->excludes("--profile");
  command->json = AddJsonFlag(plan);
  const Terminal& terminal = line.terminal;
  line.OnChosen(plan, [command, &terminal] { return RunPlan(*command, terminal); });
}

}  // namespace vdiwatch::server
