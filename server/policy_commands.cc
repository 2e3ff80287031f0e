#include "server/policy_commands.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/evaluate.h"
#include "policy/policy_set.h"
#include "report/fact_set.h"
#include "server/policy_junit.h"

namespace vdiwatch::server {
namespace {

constexpr int kUsage = 64;
constexpr std::size_t kMaxFactsBytes = 1 << 20;
constexpr std::size_t kMaxShownBytes = 4096;  // of one text of a policy

int Fail(const Error& error, std::ostream& err) {
  err << error.message << '\n';
  return ExitCode(error.kind);
}

Result<std::vector<policy::PolicyFile>> ReadAll(const std::vector<std::string>& paths) {
  std::vector<policy::PolicyFile> files;
  for (const auto& path : paths) {
    ASSIGN_OR_RETURN(auto read, policy::ReadPolicyFiles(path));
    if (read.empty()) return Invalid(fmt::format("{} holds no *.yaml or *.yml file", path));
    std::ranges::move(read, std::back_inserter(files));
  }
  return files;
}

// A repository's files mostly stand beside the built-in pack, and may set thresholds for its rules;
// they are good if they are so with it or without it.
policy::LoadedPolicy Load(std::vector<policy::PolicyFile> files) {
  auto alone = policy::LoadPolicy(files);
  if (alone.diagnostics.empty()) return alone;
  files.insert(files.begin(), policy::BuiltInPack());
  auto beside = policy::LoadPolicy(files);
  return beside.diagnostics.size() <= alone.diagnostics.size() ? beside : alone;
}

// Only a file of the caller is theirs to mend and to test.
void LeaveBuiltInOut(policy::PolicySet& set) {
  const std::string name = policy::BuiltInPack().name;
  std::erase_if(set.packs, [&](const policy::Pack& pack) { return pack.file == name; });
}

std::vector<Diagnostic> MistakesIn(const std::vector<policy::PolicyFile>& files) {
  const Time now = SystemClock().Now();
  auto loaded = policy::LoadPolicy(files);
  auto mistakes = policy::LintPolicy(loaded, now);
  // Waivers alone say nothing of their rules.
  const bool waivers_alone = loaded.set.packs.empty() && !loaded.set.waivers.empty();
  if (!mistakes.empty() || waivers_alone) {
    auto all = files;
    all.insert(all.begin(), policy::BuiltInPack());
    auto beside = policy::LoadPolicy(all);
    auto others = policy::LintPolicy(beside, now);
    if (waivers_alone || others.size() <= mistakes.size()) {
      loaded = std::move(beside);
      mistakes = std::move(others);
    }
  }
  LeaveBuiltInOut(loaded.set);
  std::ranges::move(policy::LintTests(loaded.set), std::back_inserter(mistakes));
  SortByPlace(mistakes);
  return mistakes;
}

Json ToJson(const std::vector<Diagnostic>& mistakes) {
  Json list = Json::array();
  for (const auto& mistake : mistakes) {
    list.push_back({{"file", mistake.file},
                    {"line", mistake.mark.line},
                    {"column", mistake.mark.column},
                    {"message", mistake.message}});
  }
  return {{"mistakes", std::move(list)}};
}

Result<void> WriteJunit(const std::string& path, const std::string& xml) {
  return path.empty() ? Result<void>() : WriteOutput(path, xml, FileMode::kPublic);
}

void Print(const std::vector<Diagnostic>& diagnostics, std::ostream& out) {
  for (const auto& diagnostic : diagnostics) out << ToString(diagnostic) << '\n';
}

std::string Count(std::size_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::size_t CountTests(const policy::PolicySet& set) {
  std::size_t tests = 0;
  for (const auto& pack : set.packs) {
    for (const auto& rule : pack.rules) tests += rule.tests.size();
  }
  return tests;
}

int GradeExitCode(policy::Grade grade) {
  if (grade == policy::Grade::kNoncompliant) return 1;
  return grade == policy::Grade::kUnknown ? 2 : 0;
}

// Nothing that a policy says may steer the terminal.
std::string Shown(std::string_view text) { return Printable(text, kMaxShownBytes); }

void PrintVerdict(const policy::Verdict& verdict, std::ostream& out) {
  fmt::print(out, "{}\n", policy::ToString(verdict.grade));
  for (const auto& rule : verdict.rules) {
    if (rule.grade == policy::Grade::kNotApplicable) continue;
    fmt::print(out, "\n{:<13} {} ({}, {})\n  {}\n", policy::ToString(rule.grade), Shown(rule.title),
               rule.rule, policy::ToString(rule.severity), Shown(rule.why));
    if (rule.grade == policy::Grade::kCompliant || rule.remediation.empty()) continue;
    fmt::print(out, "  What to do: {}\n", Shown(rule.remediation));
    if (!rule.contact.empty()) fmt::print(out, "  Whom to ask: {}\n", Shown(rule.contact));
  }
}

Result<policy::PoolAttributes> ParseAttributes(const std::vector<std::string>& pairs) {
  policy::PoolAttributes attributes;
  for (const auto& pair : pairs) {
    auto equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Invalid(fmt::format("a pool attribute is written name=value, not '{}'", pair));
    }
    attributes[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return attributes;
}

Result<policy::PolicySet> LoadFor(const PolicyEvalOptions& options) {
  std::vector<policy::PolicyFile> files = {policy::BuiltInPack()};
  if (!options.policies.empty()) {
    ASSIGN_OR_RETURN(files, ReadAll(options.policies));
  }
  return policy::RequireRules(Load(std::move(files)));
}

// RFC 3339, or a date, which is its first moment in UTC, as in a policy.
Result<Time> ReadMoment(const std::string& text) {
  const bool is_date = text.size() == std::string_view("2026-11-22").size();
  return ParseTime(is_date ? text + "T00:00:00Z" : text);
}

Result<Facts> ReadFacts(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxFactsBytes));
  return FactsFileFromText(text, path);
}

}  // namespace

int PolicyLint(const PolicyCheckOptions& options, std::ostream& out, std::ostream& err) {
  auto files = ReadAll(options.paths);
  if (!files) return Fail(files.error(), err);
  auto mistakes = MistakesIn(*files);
  if (options.json) {
    // A file's name may be any bytes.
    out << ToJson(mistakes).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    Print(mistakes, out);
  }
  auto written = WriteJunit(options.junit, LintAsJunit(*files, mistakes));
  if (!written) return Fail(written.error(), err);
  return mistakes.empty() ? 0 : 1;
}

int PolicyTest(const PolicyCheckOptions& options, std::ostream& out, std::ostream& err) {
  auto files = ReadAll(options.paths);
  if (!files) return Fail(files.error(), err);
  auto set = policy::RequireGood(Load(*std::move(files)));
  if (!set) return Fail(set.error(), err);
  LeaveBuiltInOut(*set);
  auto failures = policy::RunRuleTests(*set);
  Print(failures, out);
  auto written = WriteJunit(options.junit, TestsAsJunit(*set, failures));
  if (!written) return Fail(written.error(), err);
  auto total = CountTests(*set);
  fmt::print(out, "{}, {} failed\n", Count(total, "test"), failures.size());
  if (total == 0) err << "no rule in these files has a test: nothing was checked\n";
  return failures.empty() ? 0 : 1;
}

int PolicyEval(const PolicyEvalOptions& options, std::ostream& out, std::ostream& err) {
  auto attributes = ParseAttributes(options.pool_attrs);
  if (!attributes) return err << attributes.error().message << '\n', kUsage;
  auto at = options.at.empty() ? SystemClock().Now() : ReadMoment(options.at);
  if (!at) return err << fmt::format("--at: {}\n", at.error().message), kUsage;
  auto set = LoadFor(options);
  if (!set) return Fail(set.error(), err);
  auto facts = ReadFacts(options.facts);
  if (!facts) return Fail(facts.error(), err);
  policy::Verdict verdict = policy::Evaluate(*set, *facts, *attributes, *at);
  if (options.json) {
    out << policy::VerdictToJson(verdict, *facts).dump(2) << '\n';
  } else {
    PrintVerdict(verdict, out);
  }
  return GradeExitCode(verdict.grade);
}

}  // namespace vdiwatch::server
