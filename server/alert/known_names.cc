#include "server/alert/known_names.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "base/text.h"
#include "policy/alert_causes.h"
#include "policy/waiver_causes.h"
#include "server/alert/fleet_watch.h"

namespace vdiwatch::server::alert {
namespace {

const std::vector<std::string>* ListOf(std::string_view label, const KnownNames& known) {
  if (label == "cause") return &known.causes;
  if (label == "rule") return &known.rules;
  return label == "name" ? &known.names : nullptr;
}

// Causes of one waiver or one sink have its id behind a slash.
bool IsPartOf(std::string_view pattern, std::string_view cause) {
  return (cause == policy::kWaiverExpiring || cause == kSinkFailing) &&
         pattern.starts_with(cause) && pattern.substr(cause.size()).starts_with('/');
}

}  // namespace

KnownNames NamesUnder(const policy::PolicySet& set) {
  KnownNames known;
  for (const std::string_view cause :
       {policy::kPoolNoncompliant, policy::kPoolUnknown, policy::kCoverageLost,
        policy::kClonedIdentities, policy::kPersistenceConflict, policy::kWaiverExpiring,
        kPolicyRefused, kAlertsFileRefused, kSinkFailing}) {
    known.causes.emplace_back(cause);
  }
  known.names = {"PoolNoncompliant", "PoolUnknown",         "PoolSilent",
                 "ClonedIdentities", "PersistenceConflict", "WaiverExpiring",
                 "PolicyRefused",    "AlertsFileRefused",   "AlertSinkFailing"};
  for (const policy::Pack& pack : set.packs) {
    for (const policy::Rule& rule : pack.rules) {
      known.causes.push_back(rule.id);
      known.rules.push_back(rule.id);
      if (!rule.alert.empty()) known.names.push_back(rule.alert);
    }
  }
  return known;
}

std::optional<std::string> WhyUnknown(std::string_view label, const std::string& pattern,
                                      const KnownNames& known) {
  const auto* list = ListOf(label, known);
  if (list == nullptr) return std::nullopt;
  for (const std::string& name : *list) {
    const bool matches = fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
                         fnmatch(pattern.c_str(), (name + "/x").c_str(), 0) == 0;
    if (matches || IsPartOf(pattern, name)) return std::nullopt;
  }
  std::string why =
      fmt::format("{}: '{}' matches no alert of this policy", label, Printable(pattern, 100));
  const std::vector<std::string_view> candidates(list->begin(), list->end());
  if (const auto near = Nearest(pattern, candidates)) {
    why += fmt::format("; did you mean '{}'?", *near);
  }
  return why;
}

std::vector<std::string> UnknownNames(const AlertConfig& config, const KnownNames& known) {
  std::vector<std::string> lines;
  const auto look = [&](const std::vector<PlacedPattern>& placed) {
    for (const PlacedPattern& one : placed) {
      if (const auto why = WhyUnknown(one.label, one.pattern, known)) {
        lines.push_back(fmt::format("{}: {}", one.place, *why));
      }
    }
  };
  look(config.timed);
  for (const RouteSpec& route : config.routes) look(route.placed);
  return lines;
}

}  // namespace vdiwatch::server::alert
