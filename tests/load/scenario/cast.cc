#include "tests/load/scenario/cast.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "base/json.h"
#include "report/fact.h"

namespace vdiwatch::sim {
namespace {

constexpr int kThreads = 4;
constexpr std::int64_t kPage = 500;
constexpr std::int64_t kMostEvents = 1000;

std::string ObservedIn(const std::string& derived) {
  auto json = ParseJson(derived, "derived facts");
  const Json::json_pointer at("/persistence.observed/value");
  return json && json->contains(at) ? json->at(at).get<std::string>() : "?";
}

}  // namespace

Cast::Cast(OwnDaemon& daemon, const Clock& clock, std::string pool, int seats, Protocol& protocol)
    : daemon_(daemon),
      clock_(clock),
      pool_(std::move(pool)),
      seats_(seats),
      protocol_(protocol),
      random_(20261122) {}

std::string Cast::HostName(int number) const { return fmt::format("{}-{:05}", pool_, number); }

agent::RawClaims Cast::Hardware(const std::string& host_name, const std::string& made_from) const {
  agent::RawClaims claims;
  claims.host_name = host_name;
  claims.domain = "corp.example";
  claims.smbios_uuid = UuidFor(made_from);
  claims.mac_addresses = {MacFor(made_from)};
  return claims;
}

Actor& Cast::Add(const std::string& host_name, const agent::Observation& look) {
  Actor& actor = actors_.emplace_back();
  std::string made_from = fmt::format("{} {} {}", pool_, host_name, actors_.size());
  actor.machine = std::make_unique<SimMachine>(daemon_.uplink(), Hardware(host_name, made_from),
                                               look, token_, clock_, traffic_);
  return actor;
}

std::int64_t Cast::CountEvents(const collector::DesktopSummary& desktop, Census& census) {
  auto events = daemon_.database().reader->EventsOf(desktop.desktop.id, kMostEvents);
  if (!events) return 0;
  for (const auto& event : *events) ++census.events[event.kind];
  return static_cast<std::int64_t>(events->size());
}

Result<Census> Cast::Count() {
  Census census;
  collector::FleetReader& reader = *daemon_.database().reader;
  std::map<std::string, int> machines;  // by the desktop that they were told they are
  for (const auto& actor : actors_) {
    const std::string& desktop = actor.machine->diary().desktop;
    if (!desktop.empty() && !actor.stranger) ++machines[desktop];
  }
  ASSIGN_OR_RETURN(auto pools, reader.PoolSummaries());
  auto pool = std::ranges::find(pools, pool_, [](const auto& row) { return row.pool.name; });
  if (pool == pools.end()) return NotFound("there is no pool " + pool_);
  census.desktops = pool->desktops;
  census.stale = pool->stale;
  if (pool->pool.state) census.grade = policy::ToString(pool->pool.state->grade);
  for (const auto& [grade, count] : pool->grades) {
    if (count > 0) census.grades[std::string(policy::ToString(grade))] = count;
  }
  ASSIGN_OR_RETURN(auto transitions, reader.PoolTransitions(pool->pool.id, kMostEvents));
  for (const auto& transition : transitions) {
    ++census.transitions;
    census.grades_of_pool = fmt::format("{}>{} {}", policy::ToString(transition.from),
                                        policy::ToString(transition.to), census.grades_of_pool);
  }
  std::map<std::string, std::string> observed_of;
  ASSIGN_OR_RETURN(auto profiles, reader.PoolProfiles(pool->pool.id));
  for (const auto& row : profiles)
    observed_of[row.profile.digest] = ObservedIn(row.profile.derived);

  collector::DesktopFilter filter;
  filter.pool_id = pool->pool.id;
  filter.limit = kPage;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(auto page, reader.Desktops(filter));
    for (const auto& row : page) {
      auto held = machines.find(collector::IdText(row.desktop.id));
      if (held == machines.end()) ++census.ghosts;
      if (held != machines.end() && held->second > 1) ++census.merged;
      ++census.duplicate[row.desktop.duplicate];
      auto observed = observed_of.find(row.desktop.profile);
      ++census.observed[observed == observed_of.end() ? "?" : observed->second];
      CountEvents(row, census);
    }
    more = static_cast<std::int64_t>(page.size()) == kPage;
    if (more) filter.after = page.back().desktop.id;
  }
  return census;
}

std::int64_t Cast::Silent() const {
  return std::ranges::count_if(actors_, [](const Actor& actor) {
    return !actor.stranger && actor.machine->diary().boots > 0 && !actor.machine->diary().reported;
  });
}

std::int64_t Cast::Moved(std::size_t times) const {
  return std::ranges::count_if(actors_, [&](const Actor& actor) {
    return !actor.stranger && actor.machine->diary().desktops.size() > times;
  });
}

Result<void> ForEach(const std::vector<Actor*>& actors,
                     const std::function<Result<void>(Actor&)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  Result<void> outcome;
  auto serve = [&] {
    for (std::size_t i = next++; i < actors.size(); i = next++) {
      auto done = work(*actors[i]);
      if (done) continue;
      std::lock_guard lock(mutex);
      outcome = std::move(done);
      next = actors.size();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(serve);
  for (auto& thread : threads) thread.join();
  return outcome;
}

}  // namespace vdiwatch::sim
