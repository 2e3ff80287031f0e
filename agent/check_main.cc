#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "agent/canary.h"
#include "agent/evidence_of.h"
#include "agent/path.h"
#include "agent/probe/probe.h"
#include "agent/settings.h"
#include "agent/start.h"
#include "agent/usage.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/evaluate.h"
#include "policy/persistence.h"
#include "policy/policy_set.h"
#include "report/fact_set.h"

// The policy on the spot, for image pipelines, help desk and air-gapped pools: the only program of
// the agent that sees the policy library.
namespace vdiwatch::agent {
namespace {

constexpr int kBadInput = 65;

struct Options {
  std::string evidence;
  std::vector<std::string> policies;
  std::vector<std::string> pool_attributes;
  std::string canary_dir;
  bool json = false, intune = false;
};

// Nothing that a policy says may steer the terminal.
std::string Shown(std::string_view text) { return Printable(text, 4096); }

void Print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// The built-in pack, unless other files were named; those replace it.
Result<policy::PolicySet> LoadPolicies(const std::vector<std::string>& paths) {
  std::vector<policy::PolicyFile> files;
  for (const auto& path : paths) {
    ASSIGN_OR_RETURN(auto more, policy::ReadPolicyFiles(path));
    std::move(more.begin(), more.end(), std::back_inserter(files));
  }
  if (paths.empty()) files.push_back(policy::BuiltInPack());
  return policy::RequireRules(policy::LoadPolicy(files));
}

// What is wrong with a --pool-attr; empty if nothing.
std::string CheckPair(const std::string& pair) {
  auto equals = pair.find('=');
  bool good = equals != std::string::npos && equals > 0;
  return good ? "" : fmt::format("{} must be key=value", pair);
}

policy::PoolAttributes ReadAttributes(const std::vector<std::string>& pairs) {
  policy::PoolAttributes attributes;
  for (const auto& pair : pairs) {
    auto equals = pair.find('=');
    attributes[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return attributes;
}

// How many boots this machine's own canary has survived; none where the agent never ran.
policy::BootHistory BootsOf(const std::string& canary_dir) {
  std::filesystem::path file = PathOf(canary_dir) / "canary.json";
  auto text = canary_dir.empty() ? Result<std::string>(NotFound("")) : ReadFile(file, 4096);
  if (!text) return {};
  auto record = CanaryFromText(*text, file.string());
  if (!record) return {};
  return {.survived = record->canary.boots - 1, .resets = 0, .resets_in_a_row = 0};
}

void AddDerived(const policy::BootHistory& boots, Facts& facts) {
  policy::PersistenceSignals signals{.declared = FactOf(facts, "persistence.declared"),
                                     .observed = policy::ObservedPersistence(boots),
                                     .pool_pattern = Unknown(Missing::kNotGathered)};
  facts["persistence.verdict"] = policy::PersistenceVerdict(signals);
  facts["persistence.basis"] = policy::PersistenceBasis(signals);
  facts["persistence.observed"] = std::move(signals.observed);
}

// One machine alone cannot tell whether it has a double: such rules are left to the collector.
void LeaveOutDuplicates(policy::PolicySet& set, const Facts& facts,
                        const policy::PoolAttributes& pool) {
  for (auto& pack : set.packs) {
    std::erase_if(pack.rules, [&](const policy::Rule& rule) {
      auto keys = policy::EvaluateRule(rule, facts, pool).facts;
      return std::find(keys.begin(), keys.end(), "identity.duplicate") != keys.end();
    });
  }
}

struct Checked {
  policy::Verdict verdict;
  Facts facts;
  Json readings;
};

Json CheckedToJson(const Checked& checked) {
  Json json = policy::VerdictToJson(checked.verdict, checked.facts);
  json["facts"] = FactsToJson(checked.facts, Sources::kInclude);
  json["readings"] = checked.readings;
  return json;
}

std::string EvidenceLines(const policy::RuleVerdict& rule, const Checked& checked) {
  std::string lines;
  for (const auto& key : rule.facts) {
    const Fact& fact = FactOf(checked.facts, key);
    lines += fmt::format("    {} = {}\n", key, Shown(Describe(fact)));
    for (const auto& source : fact.sources) {
      auto reading = checked.readings.find(source);
      lines += fmt::format("      from {}{}\n", source,
                           reading != checked.readings.end() && reading->is_string()
                               ? ": " + Printable(reading->get_ref<const std::string&>())
                               : "");
    }
  }
  return lines;
}

std::string CheckedToText(const Checked& checked) {
  std::string text = fmt::format("Verdict: {}\n", ToString(checked.verdict.grade));
  for (const auto& rule : checked.verdict.rules) {
    if (rule.grade == policy::Grade::kNotApplicable) continue;
    text +=
        fmt::format("\n{}: {}\n  {}\n", ToString(rule.grade), Shown(rule.title), Shown(rule.why));
    if (rule.grade == policy::Grade::kCompliant) continue;
    text += EvidenceLines(rule, checked);
    if (!rule.remediation.empty())
      text += fmt::format("  What to do: {}\n", Shown(rule.remediation));
    if (!rule.contact.empty()) text += fmt::format("  Whom to ask: {}\n", Shown(rule.contact));
    if (!rule.url.empty()) text += fmt::format("  See: {}\n", Shown(rule.url));
  }
  return text;
}

// A flat object on one line, without times, as Intune's custom compliance compares it.
std::string CheckedToIntune(const Checked& checked) {
  Json json = {{"Grade", ToString(checked.verdict.grade)},
               {"Supported", checked.verdict.grade == policy::Grade::kCompliant ||
                                 checked.verdict.grade == policy::Grade::kConditional}};
  std::string reason;
  for (const auto& rule : checked.verdict.rules) {
    json["Rule_" + rule.rule] = ToString(rule.grade);
    if (reason.empty() && rule.grade == checked.verdict.grade) reason = rule.why;
  }
  json["Reason"] = checked.verdict.grade == policy::Grade::kCompliant ? "" : reason;
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

int CodeOf(policy::Grade grade) {
  if (grade == policy::Grade::kNoncompliant) return 1;
  return grade == policy::Grade::kUnknown ? 2 : 0;
}

Result<int> Check(const Options& options) {
  ASSIGN_OR_RETURN(policy::PolicySet set, LoadPolicies(options.policies));
  policy::PoolAttributes pool = ReadAttributes(options.pool_attributes);
  ASSIGN_OR_RETURN(Evidence evidence, EvidenceOf(options.evidence));
  Checked checked;
  checked.facts = Interpret(evidence);
  checked.readings = DecisiveReadings(evidence, checked.facts);
  // A recording is of another machine; this one's canary says nothing about it.
  bool replayed = !options.evidence.empty();
  AddDerived(BootsOf(replayed ? "" : options.canary_dir), checked.facts);
  LeaveOutDuplicates(set, checked.facts, pool);
  checked.verdict = policy::Evaluate(set, checked.facts, pool, SystemClock().Now());
  if (options.intune) {
    Print(CheckedToIntune(checked));
    return 0;
  }
  Print(options.json ? CheckedToJson(checked).dump(1) + "\n" : CheckedToText(checked));
  return CodeOf(checked.verdict.grade);
}

int Main(int argc, char** argv) {
  StartProgram();
  CLI::App app{"Judges this machine, or a recording of one, by a policy on the spot.",
               "vdiwatch-check"};
  app.set_version_flag("--version", "vdiwatch-check " VDIWATCH_VERSION);
  Options options{.evidence = "",
                  .policies = {},
                  .pool_attributes = {},
                  .canary_dir = DefaultStateDir().string()};
  app.add_option("--evidence", options.evidence, "A recording instead of this machine");
  app.add_option("--policy", options.policies,
                 "Policy file or directory, instead of the built-in pack; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--pool-attr", options.pool_attributes, "key=value; may be repeated")
      ->allow_extra_args(false)
      ->check(CheckPair);
  app.add_option("--canary-dir", options.canary_dir, "Where the agent keeps its canary")
      ->capture_default_str();
  auto* json = app.add_flag("--json", options.json, "The verdict as JSON");
  app.add_flag("--intune", options.intune, "One line for Intune; exit code 0 for every grade")
      ->excludes(json);
  try {
    app.parse(ReversedArguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    return EndUsage(app, error);
  }
  auto code = Check(options);
  if (code) return EndOutput(app.get_name(), *code);
  std::fprintf(stderr, "vdiwatch-check: %s\n", code.error().message.c_str());
  // Denied means a file that may not be read here: bad input, as everything else that was named.
  return code.error().kind == ErrorKind::kDenied ? kBadInput : ExitCode(code.error().kind);
}

}  // namespace
}  // namespace vdiwatch::agent

int main(int argc, char** argv) { return vdiwatch::agent::Main(argc, argv); }
