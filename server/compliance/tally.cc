#include "server/compliance/tally.h"

#include <algorithm>
#include <tuple>

namespace vdiwatch::server::compliance {
namespace {

using policy::Grade;

bool Fails(Grade grade) {
  return grade == Grade::kNoncompliant || grade == Grade::kUnknown || grade == Grade::kConditional;
}

// One rule while it is counted.
struct Counting {
  RuleLine line;
  std::map<Grade, std::map<std::string, std::int64_t>> whys;

  void Add(const policy::RuleVerdict& rule, std::int64_t desktops) {
    const bool first = line.desktops.empty();
    if (first || (Fails(rule.grade) && !Fails(line.sample.grade))) line.sample = rule;
    line.desktops[rule.grade] += desktops;
    if (Fails(rule.grade) || rule.grade == Grade::kWaived) whys[rule.grade][rule.why] += desktops;
  }

  std::string MostTold(Grade grade) const {
    const auto found = whys.find(grade);
    if (found == whys.end()) return "";
    return std::ranges::max_element(found->second, {}, [](const auto& why) { return why.second; })
        ->first;
  }
  std::string MostTold() const {
    for (const Grade grade :
         {Grade::kNoncompliant, Grade::kUnknown, Grade::kConditional, Grade::kWaived}) {
      if (std::string why = MostTold(grade); !why.empty()) return why;
    }
    return "";
  }
};
using AllRules = std::map<std::string, Counting>;

AllRules CountRules(std::span<const Share> shares) {
  AllRules rules;
  for (const Share& share : shares) {
    if (share.stale() || share.verdict == nullptr) continue;
    for (const policy::RuleVerdict& rule : share.verdict->rules) {
      rules[rule.rule].Add(rule, share.desktops);
    }
  }
  return rules;
}

Standings Sum(std::span<const Share> shares) {
  Standings sum;
  for (const Share& share : shares) {
    switch (share.presence) {
      case collector::Presence::kLive:
        sum.live += share.desktops;
        break;
      case collector::Presence::kOff:
        sum.off += share.desktops;
        break;
      case collector::Presence::kStale:
        sum.stale += share.desktops;
        continue;
      case collector::Presence::kRetired:
        continue;
    }
    if (share.verdict == nullptr) {
      sum.unjudged += share.desktops;
    } else {
      sum.grades[share.verdict->grade] += share.desktops;
    }
  }
  return sum;
}

policy::PoolCounts CountsOf(const Standings& sum, const AllRules& rules,
                            const std::optional<policy::ListedMembers>& listed) {
  policy::PoolCounts counts;
  counts.desktops = sum.desktops();
  counts.reporting = sum.reporting();
  counts.stale = sum.stale;
  counts.grades = sum.grades;
  counts.listed = listed;
  for (const auto& [id, counting] : rules) {
    counts.rules[id] = counting.line.desktops;
    for (const auto& [grade, whys] : counting.whys) {
      counts.whys[id][grade] = counting.MostTold(grade);
    }
  }
  return counts;
}

std::optional<Coverage> CoverageOf(const policy::PoolSpec& spec, const Standings& sum,
                                   const std::optional<policy::ListedMembers>& listed) {
  if (!spec.expected_members) return std::nullopt;
  Coverage coverage{.by_list = listed.has_value(),
                    .expected = *spec.expected_members,
                    .known = sum.desktops(),
                    .reporting = sum.reporting()};
  if (listed) {
    coverage.known = listed->known;
    coverage.reporting = listed->reporting;
  }
  return coverage;
}

std::vector<RuleLine> LinesOf(AllRules rules, const policy::PolicySet& set) {
  std::vector<RuleLine> lines;
  for (auto& [id, counting] : rules) {
    RuleLine& line = lines.emplace_back(std::move(counting.line));
    line.why = counting.MostTold();
    if (const policy::Rule* rule = set.FindRule(id)) line.section = rule->section;
  }
  // What is only shown comes after what counts. They came by id; equal ones stay so.
  std::ranges::stable_sort(lines, std::greater(), [](const RuleLine& line) {
    return std::tuple(
        line.sample.severity != policy::Severity::kInfo,
        CountOf(line.desktops, Grade::kNoncompliant), CountOf(line.desktops, Grade::kUnknown),
        CountOf(line.desktops, Grade::kConditional), CountOf(line.desktops, Grade::kWaived));
  });
  return lines;
}

}  // namespace

std::int64_t Standings::Of(Grade grade) const {
  const std::int64_t judged = CountOf(grades, grade);
  return grade == Grade::kUnknown ? judged + stale + unjudged : judged;
}

void Standings::Add(const Standings& other) {
  live += other.live;
  off += other.off;
  stale += other.stale;
  unjudged += other.unjudged;
  for (const auto& [grade, count] : other.grades) grades[grade] += count;
}

PoolLine TallyPool(const policy::PolicySet& set, const std::string& name,
                   const std::optional<policy::PoolState>& state, std::span<const Share> shares,
                   const std::optional<policy::ListedMembers>& listed, Time at) {
  const policy::PoolSpec& spec = set.PoolNamed(name);
  PoolLine line;
  line.name = name;
  line.docker = spec.docker;
  line.attributes = spec.attributes;
  if (state) {
    line.grade = state->grade;
    line.since = state->since;
  }
  line.standings = Sum(shares);
  AllRules rules = CountRules(shares);
  const auto counts = CountsOf(line.standings, rules, listed);
  line.reasons = policy::JudgePool(set, spec, counts, state, at).reasons;
  line.coverage = CoverageOf(spec, line.standings, listed);
  line.rules = LinesOf(std::move(rules), set);
  return line;
}

std::shared_ptr<const std::vector<policy::RuleVerdict>> FailuresOf(const policy::Verdict& verdict) {
  auto failures = std::make_shared<std::vector<policy::RuleVerdict>>();
  for (const policy::RuleVerdict& rule : verdict.rules) {
    const bool counts = rule.severity != policy::Severity::kInfo;
    if (counts && Fails(rule.grade)) failures->push_back(rule);
  }
  return failures;
}

std::string TitleOf(const Report& report) { return "Compliance of " + InWords(report.scope); }

}  // namespace vdiwatch::server::compliance
