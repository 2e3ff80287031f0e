#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "collector/store/trend_store.h"
#include "server/api_json.h"
#include "server/handlers_reads.h"
#include "server/place_seal.h"
#include "server/query.h"
#include "server/trend_json.h"

namespace vdiwatch::server {
namespace {

constexpr std::string_view kList = "changes";
constexpr std::int64_t kMostSets = 100;
constexpr std::size_t kMostPools = 100;

Json TurnJson(const collector::PoolTurn& turn) {
  return {{"at", FormatTime(turn.at)},
          {"pool", turn.pool},
          {"from", policy::ToString(turn.from)},
          {"to", policy::ToString(turn.to)},
          {"policy", turn.policy},
          {"reasons", StoredJson(turn.reasons)}};
}

struct Turns {
  Json json = Json::array();
  Json next = nullptr;
};

// One page of what the viewer may see. Turns of other pools are passed over, so the store may be
// asked several times.
Result<Turns> ReadTurns(const Services& services, const Call& call, Time since) {
  ASSIGN_OR_RETURN(const auto limit, NumberOr(call, "limit", 50, 1, 500));
  ASSIGN_OR_RETURN(const PlaceSeal seal, PlaceSealOf(services));
  std::optional<std::pair<Time, std::int64_t>> after;
  if (const std::string_view cursor = call.Query("cursor"); !cursor.empty()) {
    std::int64_t place[2];
    if (!seal.Open(kList, cursor, place)) return Invalid("cursor is not one that this list gave");
    after = {FromUnix(place[0]), place[1]};
  }
  Turns turns;
  while (true) {
    ASSIGN_OR_RETURN(const auto found, services.trends->TurnsSince(since, after, limit + 1));
    for (const collector::PoolTurn& turn : found) {
      if (!call.principal->MaySee(turn.pool)) continue;
      if (std::ssize(turns.json) == limit) {
        const std::int64_t place[] = {ToUnix(after->first), after->second};
        turns.next = seal.Close(kList, place);
        return turns;
      }
      turns.json.push_back(TurnJson(turn));
      after = {turn.at, turn.id};
    }
    if (std::ssize(found) <= limit) return turns;
    after = {found.back().at, found.back().id};
  }
}

struct Coverage {
  std::string pool;
  std::int64_t before = 0, now = 0;
  std::int64_t moved() const { return std::abs(now - before); }
};

// Pools with at least a tenth more or fewer reporting desktops, the largest move first.
Json CoverageJson(std::vector<Coverage> moves) {
  std::erase_if(moves, [](const Coverage& move) {
    return move.moved() == 0 || move.moved() * 10 < std::max(move.before, move.now);
  });
  std::ranges::stable_sort(moves, std::greater(), &Coverage::moved);
  if (moves.size() > kMostPools) moves.resize(kMostPools);
  Json json = Json::array();
  for (const Coverage& move : moves) {
    json.push_back(
        {{"pool", move.pool}, {"reporting_before", move.before}, {"reporting", move.now}});
  }
  return json;
}

// What the pools were on the last day before `since`, against what they are now.
void AddComparison(const std::vector<collector::PoolDay>& then,
                   const std::vector<collector::PoolSummary>& now, Json& json) {
  std::map<std::string, const collector::PoolDay*> before;
  for (const collector::PoolDay& day : then) before[day.pool] = &day;
  std::vector<Coverage> moves;
  Json fresh = Json::array(), lost = Json::array();
  for (const collector::PoolSummary& summary : now) {
    const auto found = before.find(summary.pool.name);
    const bool was = found != before.end() && found->second->total() > 0;
    const std::int64_t reporting = summary.live + summary.off;
    if (!was && summary.desktops > 0 && fresh.size() < kMostPools) {
      fresh.push_back(summary.pool.name);
    }
    if (was && summary.desktops == 0 && lost.size() < kMostPools) lost.push_back(summary.pool.name);
    if (was && summary.desktops > 0) {
      moves.push_back({summary.pool.name, found->second->reporting, reporting});
    }
  }
  json["compared_with"] = then.empty() ? Json(nullptr) : Json(DateText(then.front().day));
  json["new_pools"] = then.empty() ? Json::array() : std::move(fresh);
  json["lost_pools"] = std::move(lost);
  json["coverage"] = CoverageJson(std::move(moves));
}

Result<Json> SetsJson(const Services& services, Time since) {
  ASSIGN_OR_RETURN(const auto sets, services.fleet.PolicySets(kMostSets));
  const auto in_force = services.policy().set;
  Json json = Json::array();
  for (const collector::StoredPolicySet& set : sets) {
    if (set.at < since) break;
    json.push_back({{"digest", set.digest},
                    {"first_in_force", FormatTime(set.at)},
                    {"in_force", set.digest == in_force->digest}});
  }
  return json;
}

}  // namespace

Result<HttpResponse> ShowChanges(const Services& services, const Call& call) {
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const Time since, TimeOr(call, "since", now - Seconds(86'400)));
  if (since > now) {
    return Invalid(fmt::format("since: {} is in the future", Printable(call.Query("since"))));
  }
  ASSIGN_OR_RETURN(Turns turns, ReadTurns(services, call, since));
  const auto set = services.policy().set;
  ASSIGN_OR_RETURN(const auto summaries, VisiblePools(services.fleet, *set, *call.principal));
  ASSIGN_OR_RETURN(const auto then, services.trends->PoolsBefore(since));
  Json json = {{"since", FormatTime(since)},
               {"transitions", std::move(turns.json)},
               {"next_cursor", std::move(turns.next)}};
  AddComparison(then, summaries, json);
  ASSIGN_OR_RETURN(json["policy_sets"], SetsJson(services, since));
  return JsonResponse(json);
}

}  // namespace vdiwatch::server
