#include "agent/commands.h"

#include <fmt/format.h>

#include <cstdio>

#include "agent/evidence_of.h"
#include "agent/facts_table.h"
#include "agent/gather/plan.h"
#include "agent/path.h"
#include "agent/probe/probe.h"
#include "agent/published_verdict.h"
#include "agent/state_dir.h"
#include "agent/status.h"
#include "agent/stop.h"
#include "agent/trusted.h"
#include "base/file.h"
#include "base/log.h"
#include "report/fact_set.h"

namespace vdiwatch::agent {
namespace {

void Print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Where state lives is known without a configuration, unless somebody named one.
Result<AgentConfig> ConfigForState(const ConfigChoice& choice) {
  auto config = LoadConfig(choice, Needs::kState);
  if (config || choice.named || config.error().kind != ErrorKind::kNotFound) return config;
  return MergeSettings({}, Needs::kState);
}

}  // namespace

Result<int> RecordEvidence(const std::string& out) {
  ASSIGN_OR_RETURN(Evidence evidence, EvidenceOf(""));
  std::string text = EvidenceToText(evidence);
  if (out.empty()) {
    Print(text);
    return 0;
  }
  RETURN_IF_ERROR(WriteOutput(PathOf(out), text, FileMode::kPrivate));
  return 0;
}

Result<int> ShowFacts(const std::string& evidence_file, bool json) {
  ASSIGN_OR_RETURN(Evidence evidence, EvidenceOf(evidence_file));
  Facts facts = Interpret(evidence);
  Print(json ? FactsFileToJson(facts).dump(1) + "\n" : FactsTable(facts, evidence));
  return 0;
}

Result<int> ShowPlan() {
  Print(PlanText());
  return 0;
}

Result<int> ShowStatus(const ConfigChoice& choice, bool json) {
  ASSIGN_OR_RETURN(AgentConfig config, ConfigForState(choice));
  StateDir state(config.state_dir);
  ASSIGN_OR_RETURN(std::optional<Status> status, state.LoadStatus());
  if (!status) {
    return Unavailable(fmt::format("no status in {}: the agent has not checked in yet",
                                   config.state_dir.string()));
  }
  Print(json ? StatusForPeople(*status).dump(1) + "\n"
             : DescribeStatus(*status, SystemClock().Now()));
  return 0;
}

Result<int> RunUntil(const ConfigChoice& choice, StopSignal& stop, OwnMachine machine, Log& log) {
  SystemClock clock;
  ASSIGN_OR_RETURN(AgentConfig config, LoadConfig(choice));
  ASSIGN_OR_RETURN(auto agent,
                   ResidentAgent::Open(std::move(config), std::move(machine), clock, log));
  agent->Run(stop);
  return 0;
}

Result<int> CheckInOnce(const ConfigChoice& choice) {
  Log log;
  SystemClock clock;
  ASSIGN_OR_RETURN(AgentConfig config, LoadConfig(choice));
  StateDir state(config.state_dir);
  ASSIGN_OR_RETURN(auto agent, ResidentAgent::Open(std::move(config), OwnMachine{}, clock, log));
  StepResult result = agent->CheckInOnce();
  if (result.problem) return *result.problem;
  ASSIGN_OR_RETURN(std::optional<Status> status, state.LoadStatus());
  if (status) Print(DescribeStatus(*status, clock.Now()));
  return 0;
}

Result<int> ResetIdentity(const ConfigChoice& choice) {
  ASSIGN_OR_RETURN(AgentConfig config, ConfigForState(choice));
  StateDir state(config.state_dir);
  RETURN_IF_ERROR(state.Create());
  ASSIGN_OR_RETURN(auto lock, StateLock::Take(state));
  std::vector<std::filesystem::path> traces = state.Traces(config.canary_dir);
  // The canary tells whether this disk persists; it is nobody's identity.
  std::erase(traces, config.canary_dir / "canary.json");
  RETURN_IF_ERROR(RemoveAll(traces));
  Print("The identity is gone; the agent enrols anew when it next runs.\n");
  return 0;
}

Result<int> Forget(const ConfigChoice& choice) {
  ASSIGN_OR_RETURN(AgentConfig usual, MergeSettings({}, Needs::kState));
  auto told = ConfigForState(choice);  // wrong settings shall not keep the agent here
  const AgentConfig& config = told ? *told : usual;
  StateDir state(config.state_dir);
  {
    RETURN_IF_ERROR(state.Create());
    ASSIGN_OR_RETURN(auto lock, StateLock::Take(state));
    RETURN_IF_ERROR(RemoveAll(state.Traces(config.canary_dir)));
    RETURN_IF_ERROR(RemoveAll({KeptTokenFile(config)}));
    RETURN_IF_ERROR(RemovePublishedVerdict());
  }
  // The usual folder is the agent's alone; in one that somebody chose, more may lie.
  bool own = config.state_dir == usual.state_dir;
  RETURN_IF_ERROR(RemoveAll(own ? std::vector{config.state_dir} : state.Marks()));
  Print("Nothing of what the agent remembered is left.\n");
  return 0;
}

Result<int> Seal(const ConfigChoice& choice, bool check_only) {
  ASSIGN_OR_RETURN(AgentConfig config, ConfigForState(choice));
  StateDir state(config.state_dir);
  if (check_only) {
    std::vector<std::filesystem::path> traces = state.Traces(config.canary_dir);
    const std::string verdict = PublishedVerdict();
    for (const auto& trace : traces) Print(fmt::format("not sealed: {}\n", trace.string()));
    if (!verdict.empty()) Print(fmt::format("not sealed: {}\n", verdict));
    bool sealed = traces.empty() && verdict.empty();
    if (sealed) Print("sealed: nothing here belongs to one machine\n");
    return sealed ? 0 : 1;
  }
  RETURN_IF_ERROR(state.Create());
  ASSIGN_OR_RETURN(auto lock, StateLock::Take(state));
  ASSIGN_OR_RETURN(std::string boot_id, BootId());
  std::vector<std::filesystem::path> traces = state.Traces(config.canary_dir);
  RETURN_IF_ERROR(RemoveAll(traces));
  RETURN_IF_ERROR(RemovePublishedVerdict());
  RETURN_IF_ERROR(state.MarkSealed(boot_id));
  for (const auto& trace : traces) Print(fmt::format("removed {}\n", trace.string()));
  Print("Sealed. Shut the machine down and take the image; the agent stays quiet until then.\n");
  return 0;
}

Result<int> PrintConfig(const ConfigChoice& choice) {
  ASSIGN_OR_RETURN(AgentConfig config, LoadConfig(choice));
  Print(ShowConfig(config));
  return 0;
}

Result<int> CheckConfig(const ConfigChoice& choice, bool early) {
  ASSIGN_OR_RETURN(AgentConfig config, LoadConfig(choice));
  auto trusted = TrustedBy(config);
  bool may_come = early && !trusted && trusted.error().kind == ErrorKind::kNotFound;
  if (!trusted && !may_come) return trusted.error();
  if (!early) RETURN_IF_ERROR(CheckEnrolmentToken(config));
  return 0;
}

}  // namespace vdiwatch::agent
