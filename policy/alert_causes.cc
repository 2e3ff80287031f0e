#include "policy/alert_causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace vdiwatch::policy {
namespace {

double Percent(std::int64_t count, std::int64_t of) {
  return of > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(of) : 0;
}

std::int64_t Failing(const PoolCounts& counts, std::string_view rule) {
  const auto grades = counts.rules.find(rule);
  if (grades == counts.rules.end()) return 0;
  const auto failing = grades->second.find(Grade::kNoncompliant);
  return failing == grades->second.end() ? 0 : failing->second;
}

std::string Told(const PoolCounts& counts, const Rule& rule, std::int64_t failing) {
  std::string why = rule.title;
  if (const auto whys = counts.whys.find(rule.id); whys != counts.whys.end()) {
    const auto told = whys->second.find(Grade::kNoncompliant);
    if (told != whys->second.end()) why = told->second;
  }
  return fmt::format("{} of {} {}: {}", failing, counts.reporting,
                     counts.reporting == 1 ? "desktop" : "desktops", why);
}

// A share between `leave` and `enter` neither begins an alert nor ends it.
Holds ByShare(const Thresholds& thresholds, double share) {
  if (share > 0 && share >= thresholds.enter) return Holds::kYes;
  return share > thresholds.leave ? Holds::kUnknown : Holds::kNo;
}

std::optional<AlertCause> OfRule(const Rule& rule, const PoolSpec& pool, const PoolCounts& counts,
                                 Grade grade) {
  const bool speaks = !rule.alert.empty();
  if (!speaks && (rule.severity == Severity::kInfo ||
                  (grade != Grade::kNoncompliant && grade != Grade::kUnknown))) {
    return std::nullopt;
  }
  const auto own = pool.rule_thresholds.find(rule.id);
  const std::int64_t failing = Failing(counts, rule.id);
  Holds holds = ByShare(own == pool.rule_thresholds.end() ? pool.thresholds : own->second,
                        Percent(failing, counts.reporting));
  // Silence and doubt do not mend anything.
  const bool doubt = grade == Grade::kUnknown && (!speaks || holds == Holds::kNo);
  if (doubt) holds = Holds::kUnknown;
  if (holds == Holds::kNo) return std::nullopt;
  return AlertCause{.cause = rule.id,
                    .name = speaks ? rule.alert : "PoolNoncompliant",
                    .rule = rule.id,
                    .severity = rule.severity,
                    .grade = Grade::kNoncompliant,
                    .holds = holds,
                    .desktops = failing,
                    .of = counts.reporting,
                    .text = Told(counts, rule, failing),
                    .remediation = rule.remediation};
}

std::string FirstText(const PoolVerdict& verdict, Grade grade) {
  const auto reason = std::ranges::find(verdict.reasons, grade, &PoolReason::grade);
  return reason == verdict.reasons.end() ? std::string() : reason->text;
}

constexpr std::size_t kMostRulesTold = 3;

// The rules that fail without reaching the share, most desktops first: why, and what to do.
void TellRules(const PolicySet& set, const PoolCounts& counts, AlertCause& cause) {
  std::vector<std::pair<std::int64_t, const Rule*>> failing;
  for (const Pack& pack : set.packs) {
    for (const Rule& rule : pack.rules) {
      const std::int64_t desktops = Failing(counts, rule.id);
      if (desktops > 0 && rule.severity != Severity::kInfo) failing.emplace_back(desktops, &rule);
    }
  }
  std::ranges::stable_sort(failing, std::greater(), &std::pair<std::int64_t, const Rule*>::first);
  std::string why, what;
  for (std::size_t i = 0; i < std::min(failing.size(), kMostRulesTold); ++i) {
    const Rule& rule = *failing[i].second;
    why +=
        fmt::format("{}{} ({})", i == 0 ? "" : ", ", rule.id, Told(counts, rule, failing[i].first));
    if (rule.remediation.empty()) continue;
    what += fmt::format("{}{}: {}", what.empty() ? "" : " ", rule.id, rule.remediation);
  }
  if (failing.size() > kMostRulesTold) {
    why += fmt::format(" and {} more", failing.size() - kMostRulesTold);
  }
  if (!why.empty()) {
    cause.text =
        fmt::format("{} of {} desktops are noncompliant: {}", cause.desktops, cause.of, why);
  }
  cause.remediation = !what.empty() ? what : "See on the pool's page which rules fail, and where.";
}

// The pool's grade, where no single rule explains it.
void AddGrade(const PolicySet& set, const PoolSpec& pool, const PoolCounts& counts,
              const PoolVerdict& verdict, std::vector<AlertCause>& causes) {
  const bool explained = std::ranges::any_of(causes, [](const AlertCause& cause) {
    return cause.holds == Holds::kYes && cause.severity != Severity::kInfo;
  });
  const auto failing = counts.grades.find(Grade::kNoncompliant);
  AlertCause cause{.cause = std::string(kPoolNoncompliant),
                   .name = "PoolNoncompliant",
                   .rule = "",
                   .severity = Severity::kMajor,
                   .grade = verdict.state.grade,
                   .holds = Holds::kYes,
                   .desktops = failing == counts.grades.end() ? 0 : failing->second,
                   .of = counts.reporting,
                   .text = FirstText(verdict, verdict.state.grade),
                   .remediation = ""};
  if (verdict.state.grade == Grade::kNoncompliant && !explained) {
    AlertCause many = cause;
    TellRules(set, counts, many);
    causes.push_back(std::move(many));
  }
  if (verdict.state.grade != Grade::kUnknown || counts.desktops == 0) return;
  const bool silent = counts.reporting == 0 ||
                      Percent(counts.stale, counts.desktops) > pool.thresholds.maximum_unknown;
  cause.cause = silent ? kCoverageLost : kPoolUnknown;
  cause.name = silent ? "PoolSilent" : "PoolUnknown";
  cause.desktops = silent ? counts.stale : counts.reporting;
  cause.of = counts.desktops;
  causes.push_back(cause);
  cause.cause = kPoolNoncompliant;  // that it was is neither over nor confirmed
  cause.holds = Holds::kUnknown;
  causes.push_back(std::move(cause));
}

void AddFinding(const PoolCounts& counts, std::string_view cause, std::string_view name,
                std::string_view what, std::string_view remediation,
                std::vector<AlertCause>& causes) {
  const auto found = counts.findings.find(cause);
  if (found == counts.findings.end() || found->second == 0) return;
  causes.push_back(
      {.cause = std::string(cause),
       .name = std::string(name),
       .rule = "",
       .severity = Severity::kMajor,
       .grade = Grade::kUnknown,
       .holds = Holds::kYes,
       .desktops = found->second,
       .of = counts.reporting,
       .text = fmt::format("{} of {} desktops {}", found->second, counts.reporting, what),
       .remediation = std::string(remediation)});
}

}  // namespace

std::vector<AlertCause> PoolAlertCauses(const PolicySet& set, const PoolSpec& pool,
                                        const PoolCounts& counts, const PoolVerdict& verdict) {
  std::vector<AlertCause> causes;
  if (pool.docker == Docker::kNone) return causes;
  for (const Pack& pack : set.packs) {
    for (const Rule& rule : pack.rules) {
      if (auto cause = OfRule(rule, pool, counts, verdict.state.grade)) {
        causes.push_back(*std::move(cause));
      }
    }
  }
  AddGrade(set, pool, counts, verdict, causes);
  AddFinding(counts, kClonedIdentities, "ClonedIdentities",
             "hold one identity that came with their image",
             "Seal the image (`vdiwatch-agent seal`) and publish it again.", causes);
  AddFinding(counts, kPersistenceConflict, "PersistenceConflict",
             "are declared otherwise than their restarts show",
             "Find out which of the two holds, and correct the declaration or the pool.", causes);
  return causes;
}

}  // namespace vdiwatch::policy
