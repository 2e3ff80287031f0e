#include "collector/store/sql_feed.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/digest.h"
#include "collector/store/columns.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

constexpr std::int64_t kMaxFlips = 5000;  // verdicts that are looked at in one go

// A line of one of the logs, in their common order; one that changed no grade is only passed.
struct Line {
  std::int64_t log_id = 0;
  FeedEvent event;
  std::optional<std::int64_t> profile_id;
  bool changes = true;
};

std::optional<Grade> GradeOr(std::optional<std::int64_t> column) {
  return column ? GradeOfColumn(*column) : Grade::kUnknown;
}

// As ListTransitions of sql_desktops.h sees it, but that what is retired has none.
std::optional<Grade> GradeIn(Presence presence, std::optional<std::int64_t> column) {
  if (presence == Presence::kRetired) return std::nullopt;
  return presence == Presence::kStale ? Grade::kUnknown : GradeOr(column);
}

Line ReadPoolLine(Row& row) {
  Line line;
  line.log_id = row.Integer();
  line.event.id = "p" + std::to_string(line.log_id);
  line.event.at = row.At();
  line.event.pool = row.Text();
  if (const auto from = row.MaybeInteger()) line.event.from = GradeOfColumn(*from);
  line.event.to = GradeOfColumn(row.Integer());
  line.event.policy = DigestOfRaw(row.Text());
  line.event.reasons = row.Text();
  return line;
}

// A pool is made unknown, and nobody was told so: its first grade comes from nothing.
Result<std::vector<Line>> PoolLines(Connection& db, std::int64_t after, std::int64_t limit) {
  return db.All(
      "SELECT l.id, l.at, p.name, CASE WHEN l.from_grade <> ?3 OR EXISTS (SELECT 1 FROM pool_log e "
      "WHERE e.pool_id = l.pool_id AND e.id < l.id) THEN l.from_grade END, l.to_grade, s.digest, "
      "l.reasons FROM pool_log l "
      "JOIN pool p ON p.id = l.pool_id JOIN policy_set s ON s.id = l.policy_id "
      "WHERE l.id > ?1 ORDER BY l.id LIMIT ?2",
      ReadPoolLine, after, limit, ToColumn(Grade::kUnknown));
}

Line ReadDesktopLine(Row& row) {
  Line line;
  line.log_id = row.Integer();
  FeedEvent& event = line.event;
  event.id = "d" + std::to_string(line.log_id);
  event.at = row.At();
  event.desktop_id = row.Integer();
  event.host_name = row.Text();
  event.pool = row.Text();
  line.profile_id = row.MaybeInteger();
  event.presence = PresenceOfColumn(row.Integer());
  const auto presence_before = row.MaybeInteger();
  const auto to = row.MaybeInteger(), from = row.MaybeInteger();
  event.policy = DigestOfRaw(row.Text());
  event.to = GradeIn(event.presence, to);
  if (presence_before) event.from = GradeIn(PresenceOfColumn(*presence_before), from);
  line.changes = event.from != event.to;
  return line;
}

// A stay begins with the verdict of its second and ends with the last one before the next stay's
// second: what ListTransitions tells of one desktop, and MembersOf of verdicts that change.
Result<std::vector<Line>> DesktopLines(Connection& db, std::int64_t after, std::int64_t limit) {
  return db.All(
      "WITH stay AS (SELECT l.id, l.desktop_id, l.at, l.pool_id, l.profile_id, l.presence, "
      "    (SELECT p.id FROM desktop_log p WHERE p.desktop_id = l.desktop_id AND p.id < l.id "
      "     ORDER BY p.id DESC LIMIT 1) AS previous FROM desktop_log l "
      "  WHERE l.id > ?1 ORDER BY l.id LIMIT ?2), "
      "move AS (SELECT s.*, b.presence AS presence_before, "
      "    (SELECT v.id FROM profile_log v WHERE v.profile_id = s.profile_id AND v.at <= s.at "
      "     ORDER BY v.id DESC LIMIT 1) AS verdict, "
      "    (SELECT v.id FROM profile_log v WHERE v.profile_id = b.profile_id "
      "     AND v.at <= CASE WHEN b.at < s.at THEN s.at - 1 ELSE b.at END "
      "     ORDER BY v.id DESC LIMIT 1) AS verdict_before "
      "  FROM stay s LEFT JOIN desktop_log b ON b.id = s.previous) "
      "SELECT m.id, m.at, m.desktop_id, d.host_name, q.name, m.profile_id, m.presence, "
      "m.presence_before, w.grade, f.grade, o.digest FROM move m "
      "JOIN desktop d ON d.id = m.desktop_id JOIN pool q ON q.id = m.pool_id "
      "LEFT JOIN profile_log w ON w.id = m.verdict "
      "LEFT JOIN profile_log f ON f.id = m.verdict_before "
      "LEFT JOIN policy_set o ON o.id = w.policy_id ORDER BY m.id",
      ReadDesktopLine, after, limit);
}

// Verdicts that came in one second, at most one on each profile: so each desktop is told of once.
struct Flips {
  std::int64_t last_id = 0;
  Time at{};
};

Result<std::optional<Flips>> NextFlips(Connection& db, std::int64_t after) {
  struct Flip {
    Flips until;
    std::int64_t profile_id = 0;
  };
  auto read = [](Row& row) {
    Flip flip;
    flip.until.last_id = row.Integer();
    flip.until.at = row.At();
    flip.profile_id = row.Integer();
    return flip;
  };
  ASSIGN_OR_RETURN(auto found, db.All("SELECT id, at, profile_id FROM profile_log WHERE id > ?1 "
                                      "ORDER BY id LIMIT ?2",
                                      read, after, kMaxFlips));
  std::optional<Flips> flips;
  std::set<std::int64_t> profiles;
  for (const Flip& flip : found) {
    const bool another = flips && flip.until.at != flips->at;
    if (another || !profiles.insert(flip.profile_id).second) break;
    flips = flip.until;
  }
  return flips;
}

Line ReadMemberLine(Row& row) {
  Line line;
  line.log_id = row.Integer();
  FeedEvent& event = line.event;
  event.desktop_id = row.Integer();
  event.id = "v" + std::to_string(line.log_id) + "-" + IdText(event.desktop_id);
  event.host_name = row.Text();
  event.pool = row.Text();
  line.profile_id = row.Integer();
  event.presence = PresenceOfColumn(row.Integer());
  event.to = GradeOr(row.MaybeInteger());
  event.from = GradeOr(row.MaybeInteger());
  event.policy = DigestOfRaw(row.Text());
  return line;
}

// The desktops that had one of these profiles before and after the second of the change, by id.
// Those have it still, or have moved since: they are in the rest of the desktops' log.
Result<std::vector<Line>> MembersOf(Connection& db, const Flips& flips, const FeedCursor& cursor,
                                    std::int64_t limit) {
  auto read = [&](Row& row) {
    Line line = ReadMemberLine(row);
    line.event.at = flips.at;
    return line;
  };
  return db.All(
      "WITH verdict AS (SELECT v.id, v.profile_id, v.policy_id, v.grade, (SELECT b.grade FROM "
      "    profile_log b WHERE b.profile_id = v.profile_id AND b.id < v.id "
      "    ORDER BY b.id DESC LIMIT 1) AS grade_before "
      "  FROM profile_log v WHERE v.id > ?1 AND v.id <= ?2), "
      "flip AS (SELECT * FROM verdict WHERE grade <> coalesce(grade_before, 2)), "
      "candidate AS (SELECT d.id FROM desktop d JOIN flip f ON f.profile_id = d.profile_id "
      "    WHERE d.id > ?4 "
      "  UNION SELECT m.desktop_id FROM desktop_log m WHERE m.id > ?5 AND m.desktop_id > ?4 "
      "    AND EXISTS (SELECT 1 FROM flip)), "
      "stay AS (SELECT (SELECT l.id FROM desktop_log l WHERE l.desktop_id = c.id AND l.at <= ?3 "
      "    ORDER BY l.id DESC LIMIT 1) AS id FROM candidate c) "
      "SELECT f.id, l.desktop_id, d.host_name, q.name, l.profile_id, "
      "l.presence, f.grade, f.grade_before, o.digest FROM stay s "
      "JOIN desktop_log l ON l.id = s.id JOIN flip f ON f.profile_id = l.profile_id "
      "JOIN desktop d ON d.id = l.desktop_id JOIN pool q ON q.id = l.pool_id "
      "JOIN policy_set o ON o.id = f.policy_id "
      "WHERE l.at < ?3 AND l.presence IN (0, 1) ORDER BY l.desktop_id LIMIT ?6",
      read, cursor.verdicts, flips.last_id, flips.at, cursor.member, cursor.desktops, limit);
}

// One log while a page is read: lines up to the window's end.
class Lines {
 public:
  Lines(std::vector<Line> lines, Time before, std::int64_t window)
      : full_(std::ssize(lines) == window) {
    const auto end =
        std::ranges::find_if(lines, [&](const Line& line) { return line.event.at >= before; });
    if (end != lines.end()) full_ = false;
    lines_.assign(std::make_move_iterator(lines.begin()), std::make_move_iterator(end));
  }
  bool empty() const { return lines_.empty(); }
  bool cut_off() const { return lines_.empty() && full_; }  // the next line is not known
  Time at() const { return lines_.front().event.at; }
  Line Take() {
    Line line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }

 private:
  std::deque<Line> lines_;
  bool full_;
};

// Merges the three logs by time; at one time, verdicts come first.
class PageBuilder {
 public:
  PageBuilder(Connection& db, const FeedCursor& cursor, Time before, std::int64_t limit)
      : db_(db), before_(before), limit_(limit) {
    page_.next = cursor;
  }

  Result<FeedPage> Build() {
    ASSIGN_OR_RETURN(auto pools, PoolLines(db_, page_.next.pools, limit_));
    ASSIGN_OR_RETURN(auto desktops, DesktopLines(db_, page_.next.desktops, limit_));
    Lines of_pools(std::move(pools), before_, limit_);
    Lines of_desktops(std::move(desktops), before_, limit_);
    RETURN_IF_ERROR(FindFlips());
    while (!page_.more) {
      page_.more = of_pools.cut_off() || of_desktops.cut_off() || room() == 0;
      if (page_.more) break;
      const bool pools_first =
          !of_pools.empty() && (of_desktops.empty() || of_pools.at() <= of_desktops.at());
      Lines& next = pools_first ? of_pools : of_desktops;
      if (flips_ && (next.empty() || flips_->at <= next.at())) {
        RETURN_IF_ERROR(TakeMembers());
        continue;
      }
      if (next.empty()) break;
      Line line = next.Take();
      (pools_first ? page_.next.pools : page_.next.desktops) = line.log_id;
      if (line.changes) Add(std::move(line));
    }
    RETURN_IF_ERROR(AddVerdicts());
    return std::move(page_);
  }

 private:
  std::int64_t room() const { return limit_ - std::ssize(page_.events); }

  void Add(Line line) {
    profiles_.push_back(line.profile_id);
    page_.events.push_back(std::move(line.event));
  }

  Result<void> FindFlips() {
    ASSIGN_OR_RETURN(flips_, NextFlips(db_, page_.next.verdicts));
    if (flips_ && flips_->at >= before_) flips_.reset();
    return {};
  }

  Result<void> TakeMembers() {
    const std::int64_t wanted = room();
    ASSIGN_OR_RETURN(auto members, MembersOf(db_, *flips_, page_.next, wanted));
    const bool all = std::ssize(members) < wanted;
    if (!all) page_.next.member = members.back().event.desktop_id;
    for (Line& member : members) Add(std::move(member));
    if (!all) return {};
    page_.next.verdicts = flips_->last_id;
    page_.next.member = 0;
    return FindFlips();
  }

  // What is said of desktops' profiles now, where it is still what the event tells.
  Result<void> AddVerdicts() {
    std::set<std::int64_t> wanted;
    for (const auto& profile : profiles_) {
      if (profile) wanted.insert(*profile);
    }
    using Verdict = std::pair<Grade, std::string>;
    auto read = [](Row& row) {
      const std::int64_t id = row.Integer();
      const Grade grade = GradeOfColumn(row.Integer());
      return std::pair(id, Verdict(grade, row.Text()));
    };
    ASSIGN_OR_RETURN(
        auto found,
        db_.AllIn("SELECT profile_id, grade, verdict FROM profile_verdict WHERE profile_id = ?1",
                  read, std::vector<std::int64_t>(wanted.begin(), wanted.end())));
    const std::map<std::int64_t, Verdict> verdicts(found.begin(), found.end());
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
      if (!profiles_[i] || page_.events[i].presence == Presence::kStale) continue;
      const auto verdict = verdicts.find(*profiles_[i]);
      const bool same = verdict != verdicts.end() && verdict->second.first == page_.events[i].to;
      if (same) page_.events[i].verdict = verdict->second.second;
    }
    return {};
  }

  Connection& db_;
  const Time before_;
  const std::int64_t limit_;
  FeedPage page_;
  std::vector<std::optional<std::int64_t>> profiles_;  // of the events
  std::optional<Flips> flips_;
};

Result<std::int64_t> LastBefore(Connection& db, std::string_view sql, Time before) {
  ASSIGN_OR_RETURN(auto id, db.One(
                                sql, [](Row& row) { return row.Integer(); }, before));
  return id.value_or(0);
}

Result<std::optional<std::string>> FindPlaceKey(Connection& db) {
  return db.One("SELECT bytes FROM server_key WHERE name = 'place'",
                [](Row& row) { return row.Text(); });
}

// Or the one that another daemon made meanwhile.
Result<std::optional<std::string>> MakePlaceKey(Connection& db) {
  RETURN_IF_ERROR(db.Run(
      "INSERT INTO server_key (name, bytes) VALUES ('place', ?1) ON CONFLICT (name) DO NOTHING",
      Blob{RandomBytes(32)}));
  return FindPlaceKey(db);
}

class SqlFeed : public FeedReader {
 public:
  explicit SqlFeed(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<FeedPage> EventsAfter(const FeedCursor& cursor, Time before, std::int64_t limit) override {
    return db_->Read(
        [&](Connection& db) { return PageBuilder(db, cursor, before, limit).Build(); });
  }

  Result<FeedCursor> End(Time before) override {
    return db_->Read([&](Connection& db) -> Result<FeedCursor> {
      FeedCursor cursor;
      ASSIGN_OR_RETURN(
          cursor.pools,
          LastBefore(db, "SELECT id FROM pool_log WHERE at < ?1 ORDER BY id DESC LIMIT 1", before));
      ASSIGN_OR_RETURN(
          cursor.desktops,
          LastBefore(db, "SELECT id FROM desktop_log WHERE at < ?1 ORDER BY id DESC LIMIT 1",
                     before));
      ASSIGN_OR_RETURN(
          cursor.verdicts,
          LastBefore(db, "SELECT id FROM profile_log WHERE at < ?1 ORDER BY id DESC LIMIT 1",
                     before));
      return cursor;
    });
  }

  Result<std::string> PlaceKey() override {
    const std::scoped_lock lock(mutex_);
    if (!place_key_.empty()) return place_key_;
    ASSIGN_OR_RETURN(auto key, db_->Read(&FindPlaceKey));
    if (!key) {
      ASSIGN_OR_RETURN(key, db_->Write(&MakePlaceKey));
    }
    if (!key) return Internal("the new key of places was not stored");
    place_key_ = *std::move(key);
    return place_key_;
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
  std::mutex mutex_;
  std::string place_key_;  // guarded by mutex_
};

}  // namespace

std::shared_ptr<FeedReader> MakeSqlFeed(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlFeed>(std::move(database));
}

}  // namespace vdiwatch::collector
