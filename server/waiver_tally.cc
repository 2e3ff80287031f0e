#include "server/waiver_tally.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_set>

#include "server/api_json.h"

namespace vdiwatch::server {
namespace {

using policy::Waiver;
using policy::WaiverState;

std::int64_t UseOf(const WaiverUse& use, const Waiver& waiver) {
  const auto found = use.find(waiver.id);
  return found == use.end() ? 0 : found->second;
}

int Urgency(WaiverState state) {
  constexpr std::array kOrder = {WaiverState::kExpired, WaiverState::kExpiring,
                                 WaiverState::kUnused, WaiverState::kScheduled,
                                 WaiverState::kActive};
  return static_cast<int>(std::ranges::find(kOrder, state) - kOrder.begin());
}

// Those waivers that `wanted` picks.
template <class Wanted>
Json MostUrgentFirst(const policy::PolicySet& set, const WaiverUse& use, Time at, Wanted wanted) {
  std::vector<const Waiver*> waivers;
  for (const Waiver& waiver : set.waivers) {
    if (wanted(waiver)) waivers.push_back(&waiver);
  }
  std::ranges::sort(waivers, {}, [&](const Waiver* waiver) {
    const WaiverState state = policy::StateOf(*waiver, UseOf(use, *waiver) > 0, at);
    return std::tuple(Urgency(state), waiver->ends, waiver->id);
  });
  Json json = Json::array();
  for (const Waiver* waiver : waivers) {
    json.push_back(WaiverJson(*waiver, UseOf(use, *waiver), at));
  }
  return json;
}

}  // namespace

void AddWaiverUse(const JudgedProfile& profile, WaiverUse& use) {
  std::int64_t desktops = 0;
  for (const auto& [presence, count] : profile.standing.desktops) desktops += count;
  for (const RuleOutcome& outcome : *profile.outcomes) {
    if (!outcome.waiver.empty()) use[outcome.waiver] += desktops;
  }
}

WaiverUse VisibleWaiverUse(const std::vector<JudgedProfile>& profiles,
                           const std::vector<collector::Pool>& pools, const Principal& viewer) {
  std::unordered_set<std::int64_t> visible;
  for (const collector::Pool& pool : pools) {
    if (viewer.MaySee(pool.name)) visible.insert(pool.id);
  }
  WaiverUse use;
  for (const JudgedProfile& profile : profiles) {
    if (visible.contains(profile.standing.pool_id)) AddWaiverUse(profile, use);
  }
  return use;
}

Json WaiverJson(const Waiver& waiver, std::int64_t desktops, Time at) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  return {{"id", waiver.id},
          {"rule", waiver.rule},
          {"pool", text_or_null(waiver.pool)},
          {"desktop", text_or_null(waiver.desktop)},
          {"scope", policy::ScopeText(waiver)},
          {"owner", waiver.owner},
          {"reason", waiver.reason},
          {"starts", waiver.starts ? Json(FormatTime(*waiver.starts)) : Json(nullptr)},
          {"expires", waiver.expires},
          {"ends_at", FormatTime(waiver.ends)},
          {"state", policy::ToString(policy::StateOf(waiver, desktops > 0, at))},
          {"desktops", desktops}};
}

Json PoolWaiversJson(const policy::PolicySet& set, const WaiverUse& use, Time at,
                     std::string_view pool) {
  return MostUrgentFirst(set, use, at, [&](const Waiver& waiver) {
    return (waiver.desktop.empty() && waiver.pool == pool) || UseOf(use, waiver) > 0;
  });
}

Json VisibleWaiversJson(const policy::PolicySet& set, const WaiverUse& use, Time at,
                        const Principal& viewer) {
  return MostUrgentFirst(set, use, at, [&](const Waiver& waiver) {
    const bool in_sight = !waiver.pool.empty() && viewer.MaySee(waiver.pool);
    return viewer.sees_all() || in_sight || UseOf(use, waiver) > 0;
  });
}

}  // namespace vdiwatch::server
