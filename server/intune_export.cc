#include "server/intune_export.h"

#include <fmt/format.h>

#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxRules = 100, kMaxBytes = 100 << 10;
constexpr std::size_t kOwnSettings = 2;  // AgentReports, PolicyMatches
// Intune limits both and does not say to what; these are what fits its portal.
constexpr std::size_t kMaxTitle = 256, kMaxDescription = 1024;

// A verdict older than this is none: Intune itself asks every eight hours.
constexpr int kFreshDays = 7;

constexpr std::string_view kScript =
    R"ps(# Intune custom compliance: what the collector told this desktop's agent, as one line of JSON.
# Made by `vdiwatch policy export intune`; make it anew when the rules change. Runs as SYSTEM, in the
# 32-bit host too. The value behind a rule says whether it fails while it is unknown.
$ErrorActionPreference = 'SilentlyContinue'
$rules = [ordered]@{{
{rules}}}
$agent = Join-Path -Path $env:ProgramW6432 -ChildPath 'vdiwatch\vdiwatch-agent.exe'
$status = & $agent status --json 2>$null | Out-String | ConvertFrom-Json
$then = [DateTime]::MinValue
$dated = [DateTime]::TryParse("$($status.last_check_in)", [Globalization.CultureInfo]::InvariantCulture,
  [Globalization.DateTimeStyles]::AdjustToUniversal, [ref]$then)
$told = [bool]($dated -and $status.grade -and ([DateTime]::UtcNow - $then).TotalDays -lt {days})
$grades = @{{}}
foreach ($id in $status.passed) {{ $grades[$id] = 'compliant' }}
foreach ($rule in $status.rules) {{ $grades[$rule.rule] = $rule.grade }}
$unheard = @($rules.Keys | Where-Object -FilterScript {{ -not $grades.ContainsKey($_) }})
$answer = [ordered]@{{ 'AgentReports' = $told; 'PolicyMatches' = $told -and $unheard.Count -eq 0 }}
foreach ($id in $rules.Keys) {{
  $fails = $grades[$id] -eq 'noncompliant' -or ($rules[$id] -and $grades[$id] -eq 'unknown')
  $answer["Rule_$id"] = $told -and $grades.ContainsKey($id) -and -not $fails
}}
return $answer | ConvertTo-Json -Compress
)ps";

std::vector<const policy::Rule*> CountedRules(const policy::PolicySet& set) {
  std::vector<const policy::Rule*> rules;
  for (const auto& pack : set.packs) {
    for (const auto& rule : pack.rules) {
      if (rule.severity != policy::Severity::kInfo) rules.push_back(&rule);
    }
  }
  return rules;
}

Json Setting(const std::string& name, const std::string& url, std::string_view title,
             std::string_view description) {
  Json words = {{"Language", "en_US"},
                {"Title", Printable(title, kMaxTitle)},
                {"Description", Printable(description, kMaxDescription)}};
  return {{"SettingName", name},   {"Operator", "IsEquals"},
          {"DataType", "Boolean"}, {"Operand", true},
          {"MoreInfoUrl", url},    {"RemediationStrings", Json::array({std::move(words)})}};
}

std::string Description(const policy::Rule& rule) {
  std::string text = rule.remediation;
  if (!rule.contact.empty()) {
    text += fmt::format("{}Whom to ask: {}.", text.empty() ? "" : " ", rule.contact);
  }
  return text.empty() ? "Ask the team that runs your virtual desktops." : text;
}

Result<std::string> RulesFile(const std::vector<const policy::Rule*>& rules) {
  const std::string& url = rules.front()->url;
  Json settings = Json::array(
      {Setting("AgentReports", url, "The vdiwatch agent reports",
               "The vdiwatch agent of this desktop is not installed, or its collector gave it no "
               "verdict in the last days. Ask the team that runs your virtual desktops."),
       Setting("PolicyMatches", url, "The compliance policy fits the collector's rules",
               "The collector did not judge this desktop by every rule that this compliance policy "
               "asks for. IT has to export the policy to Intune anew.")});
  for (const policy::Rule* rule : rules) {
    settings.push_back(Setting("Rule_" + rule->id, rule->url,
                               rule->title.empty() ? rule->id : rule->title, Description(*rule)));
  }
  std::string text = Json{{"Rules", std::move(settings)}}.dump(2, ' ', true) + "\n";
  if (text.size() > kMaxBytes) {
    return Invalid(fmt::format("the rules take {} bytes; Intune takes {}", text.size(), kMaxBytes));
  }
  return text;
}

std::string Script(const std::vector<const policy::Rule*>& rules) {
  std::string lines;
  for (const policy::Rule* rule : rules) {
    lines += fmt::format("  '{}' = ${}\n", rule->id, rule->unknown_counts);
  }
  return fmt::format(fmt::runtime(kScript), fmt::arg("rules", lines), fmt::arg("days", kFreshDays));
}

}  // namespace

Result<IntuneCompliance> ExportIntuneCompliance(const policy::PolicySet& set) {
  const auto rules = CountedRules(set);
  if (rules.empty()) return Invalid("no rule of these counts: there is nothing to export");
  if (rules.size() + kOwnSettings > kMaxRules) {
    return Invalid(fmt::format("{} rules count; Intune takes {}, {} of them ours", rules.size(),
                               kMaxRules, kOwnSettings));
  }
  for (const policy::Rule* rule : rules) {
    if (rule->url.empty()) {
      return Invalid(
          fmt::format("rule {} has no url, nor has its pack's source: Intune wants one", rule->id));
    }
  }
  ASSIGN_OR_RETURN(std::string json, RulesFile(rules));
  return IntuneCompliance{Script(rules), std::move(json)};
}

}  // namespace vdiwatch::server
