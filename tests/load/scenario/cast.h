#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/load/scenario/own_daemon.h"
#include "tests/load/scenario/protocol.h"

namespace vdiwatch::sim {

// One machine on stage, and what it does today.
struct Actor {
  std::unique_ptr<SimMachine> machine;
  bool sleeps = false;    // does not boot today
  bool stays_on = false;  // is not shut down in the evening
  bool cut = false;       // loses its power in the evening instead of being shut down
  bool stranger = false;  // no machine of the site: must not become a desktop
};

// What a person would find in the daemon about one pool.
struct Census {
  std::int64_t desktops = 0;  // not retired
  std::int64_t ghosts = 0;    // of them: no machine is that desktop
  std::int64_t merged = 0;    // of them: two machines or more are that desktop
  std::int64_t stale = 0;
  std::map<std::string, std::int64_t> observed;   // persistence.observed, "?" if not known
  std::map<std::string, std::int64_t> duplicate;  // identity.duplicate
  std::map<std::string, std::int64_t> events;     // on all timelines, by kind
  std::map<std::string, std::int64_t> grades;
  std::int64_t transitions = 0;  // of the pool
  std::string grades_of_pool;    // the same, oldest first
  std::string grade;             // of the pool
};

// The machines of one pool, their tokens, and the ground truth about them.
class Cast {
 public:
  Cast(OwnDaemon& daemon, const Clock& clock, std::string pool, int seats, Protocol& protocol);

  // A machine of its own name, UUID and network card; joined to the domain.
  Actor& Add(const std::string& host_name, const agent::Observation& look);
  std::string HostName(int number) const;
  agent::RawClaims Hardware(const std::string& host_name, const std::string& made_from) const;

  OwnDaemon& daemon() { return daemon_; }
  Protocol& protocol() { return protocol_; }
  const std::string& pool() const { return pool_; }
  const std::string& token() const { return token_; }
  void SetToken(std::string token) { token_ = std::move(token); }
  int seats() const { return seats_; }
  std::deque<Actor>& actors() { return actors_; }
  Actor& actor(int number) { return actors_.at(static_cast<std::size_t>(number)); }
  std::mt19937& random() { return random_; }
  bool Chance(double share) { return std::uniform_real_distribution(0.0, 1.0)(random_) < share; }
  Traffic& traffic() { return traffic_; }

  Result<Census> Count();
  // Machines of the site whose newest exchange failed.
  std::int64_t Silent() const;
  // Machines of the site that were told more than `times` different desktops.
  std::int64_t Moved(std::size_t times = 1) const;

  std::map<std::string, std::int64_t> notes;  // what a story has to remember
  std::map<std::string, SystemDisk> disks;
  std::map<std::string, agent::Observation> looks;

 private:
  std::int64_t CountEvents(const collector::DesktopSummary& desktop, Census& census);

  OwnDaemon& daemon_;
  const Clock& clock_;
  const std::string pool_;
  const int seats_;
  Protocol& protocol_;
  std::string token_;
  std::mt19937 random_;
  Traffic traffic_;
  std::deque<Actor> actors_;
};

// Runs `work` for every actor, on a few threads. The first error ends it.
Result<void> ForEach(const std::vector<Actor*>& actors,
                     const std::function<Result<void>(Actor&)>& work);

}  // namespace vdiwatch::sim
