#include "collector/store/sql_replay.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "collector/store/columns.h"

namespace vdiwatch::collector {
namespace {

constexpr int kPage = 5000;

std::int64_t ReadInteger(Row& row) { return row.Integer(); }

Standing ReadStanding(Row& row) {
  Standing standing;
  standing.pool_id = row.Integer();
  standing.profile_id = row.MaybeInteger();
  standing.presence = PresenceOfColumn(row.Integer());
  return standing;
}

struct Line {
  std::int64_t id = 0;
  std::int64_t desktop_id = 0;
  Time at{};
  Standing to;
};

Line ReadLine(Row& row) {
  Line line;
  line.id = row.Integer();
  line.desktop_id = row.Integer();
  line.at = row.At();
  line.to = ReadStanding(row);
  return line;
}

// Standings are few and desktops many, so a desktop remembers a number.
class StandingNumbers {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNowhere = 0;  // of a desktop that was not there yet

  Number Of(const Standing& standing) {
    auto [entry, fresh] = numbers_.try_emplace(standing, static_cast<Number>(standings_.size()));
    if (fresh) standings_.push_back(standing);
    return entry->second;
  }
  std::optional<Standing> At(Number number) const { return standings_[number]; }

 private:
  std::map<Standing, Number> numbers_;
  std::vector<std::optional<Standing>> standings_{std::nullopt};
};

// A part of the desktops' log: its ids rise with time, so no index by time is needed.
class LogAfter {
 public:
  LogAfter(Connection& db, std::int64_t first_id) : db_(db), first_id_(first_id) {}

  // visit(when, number of the standing it had, number of the one it got) -> Result<void>. Page by
  // page: an engine may hold all of an answer in memory.
  template <class Visit>
  Result<void> Each(Visit visit) {
    for (auto& [id, track] : tracks_) track.now = track.before;
    for (std::int64_t next = first_id_;;) {
      ASSIGN_OR_RETURN(
          auto page,
          db_.All("SELECT id, desktop_id, at, pool_id, profile_id, presence FROM desktop_log "
                  "WHERE id >= ?1 ORDER BY id LIMIT ?2",
                  ReadLine, next, kPage));
      for (const Line& line : page) {
        ASSIGN_OR_RETURN(Track * track, TrackOf(line));
        StandingNumbers::Number from = track->now;
        track->now = numbers_.Of(line.to);
        RETURN_IF_ERROR(visit(line.at, from, track->now));
      }
      if (std::ssize(page) < kPage) return {};
      next = page.back().id + 1;
    }
  }
  std::optional<Standing> At(StandingNumbers::Number number) const { return numbers_.At(number); }

 private:
  struct Track {
    StandingNumbers::Number before = StandingNumbers::kNowhere;
    StandingNumbers::Number now = StandingNumbers::kNowhere;
  };

  // What is known of the desktop; the first time, how it stood before.
  Result<Track*> TrackOf(const Line& line) {
    auto [track, fresh] = tracks_.try_emplace(line.desktop_id);
    if (fresh) {
      ASSIGN_OR_RETURN(auto standing,
                       db_.One("SELECT pool_id, profile_id, presence FROM desktop_log "
                               "WHERE desktop_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT 1",
                               ReadStanding, line.desktop_id, line.id));
      if (standing) track->second.before = numbers_.Of(*standing);
      track->second.now = track->second.before;
    }
    return &track->second;
  }

  Connection& db_;
  const std::int64_t first_id_;
  StandingNumbers numbers_;
  std::unordered_map<std::int64_t, Track> tracks_;  // by desktop
};

struct Moment {
  std::int64_t id = 0;
  Time at{};
};

Moment ReadMoment(Row& row) {
  Moment moment;
  moment.id = row.Integer();
  moment.at = row.At();
  return moment;
}

// Takes every move back, starting from the counts of now.
Result<PastFleet> Past(LogAfter& log, const std::vector<StandingCount>& now) {
  std::map<Standing, std::int64_t> counts;
  for (const auto& count : now) counts[count.standing] += count.desktops;
  PastFleet past;
  std::vector<std::int64_t> net;  // by number
  RETURN_IF_ERROR(log.Each([&](Time, auto from, auto to) -> Result<void> {
    net.resize(std::max<std::size_t>(net.size(), std::max(from, to) + 1));
    ++net[from];
    --net[to];
    ++past.moves;
    return {};
  }));
  for (std::uint32_t number = 1; number < net.size(); ++number) {
    counts[*log.At(number)] += net[number];
  }
  for (const auto& [standing, desktops] : counts) {
    bool counted = standing.presence != Presence::kRetired && desktops > 0;
    if (counted) past.counts.push_back({standing, desktops});
  }
  return past;
}

}  // namespace

Result<std::int64_t> FirstLineAfter(Connection& db, Time at) {
  ASSIGN_OR_RETURN(auto last, db.One("SELECT max(id) FROM desktop_log", ReadInteger));
  std::int64_t low = 0, high = last.value_or(0) + 1;
  while (low < high) {
    std::int64_t middle = low + (high - low) / 2;
    ASSIGN_OR_RETURN(auto line,
                     db.One("SELECT id, at FROM desktop_log WHERE id >= ?1 ORDER BY id LIMIT 1",
                            ReadMoment, middle));
    if (line && line->at <= at) {
      low = line->id + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Result<std::map<std::int64_t, policy::PoolState>> PoolStatesAt(Connection& db, Time at) {
  auto read = [](Row& row) {
    std::pair<std::int64_t, policy::PoolState> entry;
    entry.first = row.Integer();
    entry.second.grade = GradeOfColumn(row.Integer());
    entry.second.since = row.At();
    return entry;
  };
  ASSIGN_OR_RETURN(auto entries,
                   db.All("SELECT pool_id, to_grade, at FROM pool_log WHERE id IN "
                          "(SELECT max(id) FROM pool_log WHERE at <= ?1 GROUP BY pool_id)",
                          read, at));
  return std::map<std::int64_t, policy::PoolState>(entries.begin(), entries.end());
}

Result<void> ReplayLog(Connection& db, Time since, const std::vector<StandingCount>& now,
                       const FleetSnapshot::VisitPast& past, const FleetSnapshot::VisitMove& move) {
  ASSIGN_OR_RETURN(std::int64_t first_id, FirstLineAfter(db, since));
  LogAfter log(db, first_id);
  ASSIGN_OR_RETURN(PastFleet fleet, Past(log, now));
  ASSIGN_OR_RETURN(fleet.pools, PoolStatesAt(db, since));
  RETURN_IF_ERROR(past(fleet));
  return log.Each([&](Time at, auto from, auto to) {
    return move({.at = at, .from = log.At(from), .to = *log.At(to)});
  });
}

}  // namespace vdiwatch::collector
