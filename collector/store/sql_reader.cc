#include "collector/store/sql_reader.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "collector/store/columns.h"
#include "collector/store/sql_desktops.h"
#include "collector/store/sql_pools.h"
#include "collector/store/sql_rows.h"
#include "collector/store/sql_snapshot.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

// Some desktops of one pool that stand alike.
struct Tally {
  std::int64_t pool_id = 0;
  Presence presence = Presence::kLive;
  std::optional<Grade> grade;  // none while their facts are not known
  std::int64_t desktops = 0;
};

void Add(const Tally& tally, PoolSummary& summary) {
  summary.desktops += tally.desktops;
  if (tally.presence == Presence::kStale) {
    summary.stale += tally.desktops;
    return;
  }
  (tally.presence == Presence::kLive ? summary.live : summary.off) += tally.desktops;
  if (tally.grade) {
    summary.grades[*tally.grade] += tally.desktops;
  } else {
    summary.unjudged += tally.desktops;
  }
}

// The tallies of every pool, or of one; a row a profile and presence, never a desktop's. A profile
// without a verdict is unknown.
class Tallies {
 public:
  explicit Tallies(Connection& db) : db_(db) {}

  // Each table by itself, from indexes that hold all that is asked: the rows of verdicts hold their
  // texts, and to read a page of those for every profile takes longer than all the rest.
  template <class Visit>
  Result<void> OfAll(Visit visit) {
    struct Judged {
      std::int64_t pool_id = 0;
      Grade grade = Grade::kUnknown;
    };
    ASSIGN_OR_RETURN(const auto pools, Pairs("SELECT id, pool_id FROM profile"));
    ASSIGN_OR_RETURN(const auto grades, Pairs("SELECT profile_id, grade FROM profile_verdict"));
    std::unordered_map<std::int64_t, Judged> profiles;
    profiles.reserve(pools.size());
    for (const auto& [profile, pool] : pools) profiles[profile].pool_id = pool;
    for (const auto& [profile, grade] : grades) profiles[profile].grade = GradeOfColumn(grade);
    auto read = [&](Row& row) {
      const Judged& judged = profiles[row.Integer()];
      const Presence presence = PresenceOfColumn(row.Integer());
      visit(Tally{judged.pool_id, presence, judged.grade, row.Integer()});
      return true;
    };
    RETURN_IF_ERROR(db_.All(
        "SELECT profile_id, presence, desktops FROM profile_count WHERE desktops > 0", read));
    return Unjudged("", visit);
  }

  template <class Visit>
  Result<void> OfOne(std::int64_t pool_id, Visit visit) {
    auto read = [&](Row& row) {
      const Presence presence = PresenceOfColumn(row.Integer());
      const auto grade = row.MaybeInteger();
      visit(
          Tally{pool_id, presence, grade ? GradeOfColumn(*grade) : Grade::kUnknown, row.Integer()});
      return true;
    };
    RETURN_IF_ERROR(
        db_.All("SELECT c.presence, v.grade, c.desktops FROM profile p "
                "JOIN profile_count c ON c.profile_id = p.id "
                "LEFT JOIN profile_verdict v ON v.profile_id = p.id "
                "WHERE p.pool_id = ?1 AND c.desktops > 0",
                read, pool_id));
    return Unjudged(" AND pool_id = ?1", visit, pool_id);
  }

 private:
  Result<std::vector<std::pair<std::int64_t, std::int64_t>>> Pairs(std::string_view sql) {
    return db_.All(sql, [](Row& row) {
      const std::int64_t first = row.Integer();
      return std::pair(first, row.Integer());
    });
  }

  template <class Visit, class... Args>
  Result<void> Unjudged(std::string_view where, Visit visit, const Args&... args) {
    auto read = [&](Row& row) {
      const std::int64_t pool_id = row.Integer();
      const Presence presence = PresenceOfColumn(row.Integer());
      visit(Tally{pool_id, presence, std::nullopt, row.Integer()});
      return true;
    };
    RETURN_IF_ERROR(db_.All(
        fmt::format("SELECT pool_id, presence, desktops FROM unjudged_count WHERE desktops > 0{}",
                    where),
        read, args...));
    return {};
  }

  Connection& db_;
};

Result<std::vector<PoolSummary>> Summarise(Connection& db) {
  ASSIGN_OR_RETURN(auto pools, db.All(SelectPools("ORDER BY name"), ReadPool));
  std::vector<PoolSummary> summaries;
  std::unordered_map<std::int64_t, std::size_t> index;
  for (auto& pool : pools) {
    index[pool.id] = summaries.size();
    summaries.emplace_back().pool = std::move(pool);
  }
  RETURN_IF_ERROR(Tallies(db).OfAll(
      [&](const Tally& tally) { Add(tally, summaries[index.at(tally.pool_id)]); }));
  return summaries;
}

struct ProfileTally {
  ProfileRow row;
  std::pair<Presence, std::int64_t> desktops;
};

ProfileTally ReadProfileTally(Row& row) {
  ProfileTally tally;
  tally.row.profile = ReadProfile(row);
  tally.row.verdict.profile = tally.row.profile.digest;
  if (auto grade = row.MaybeInteger()) tally.row.verdict.grade = GradeOfColumn(*grade);
  tally.row.verdict.verdict = row.Text();
  tally.row.verdict.valid_until = row.MaybeAt();
  Presence presence = PresenceOfColumn(row.Integer());
  tally.desktops = {presence, row.Integer()};
  return tally;
}

Result<std::vector<ProfileRow>> ProfileRows(Connection& db, std::int64_t pool_id) {
  ASSIGN_OR_RETURN(
      auto tallies,
      db.All("SELECT p.digest, p.pool_id, f.digest, p.state, p.derived, p.waivers, v.grade, "
             "v.verdict, v.valid_until, c.presence, c.desktops FROM profile p "
             "JOIN profile_count c ON c.profile_id = p.id JOIN fact_set f ON f.id = p.facts_id "
             "LEFT JOIN profile_verdict v ON v.profile_id = p.id "
             "WHERE p.pool_id = ?1 AND c.desktops > 0 ORDER BY p.id, c.presence",
             ReadProfileTally, pool_id));
  std::vector<ProfileRow> rows;
  for (auto& tally : tallies) {
    if (rows.empty() || rows.back().profile.digest != tally.row.profile.digest) {
      rows.push_back(std::move(tally.row));
    }
    rows.back().desktops.insert(tally.desktops);
  }
  return rows;
}

PoolTransition ReadPoolTransition(Row& row) {
  PoolTransition transition;
  transition.at = row.At();
  transition.from = GradeOfColumn(row.Integer());
  transition.to = GradeOfColumn(row.Integer());
  transition.policy = DigestOfRaw(row.Text());
  transition.reasons = row.Text();
  return transition;
}

DesktopEvent ReadEvent(Row& row) { return {row.Integer(), row.At(), row.Text(), row.Text()}; }

Result<std::vector<Incarnation>> Incarnations(Connection& db, std::int64_t desktop_id) {
  ASSIGN_OR_RETURN(auto desktop, FindDesktop(db, desktop_id));
  if (!desktop) return std::vector<Incarnation>();
  ASSIGN_OR_RETURN(
      auto stored,
      db.All(SelectIncarnations("WHERE i.desktop_id = ?1 ORDER BY i.enrolled_at DESC, i.id DESC"),
             ReadIncarnation, desktop_id));
  std::vector<Incarnation> incarnations;
  for (auto& one : stored) incarnations.push_back(WithClaims(std::move(one), desktop->claims));
  return incarnations;
}

class SqlReader : public FleetReader {
 public:
  explicit SqlReader(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::vector<PoolSummary>> PoolSummaries() override {
    return db_->Read(collector::PoolSummaries);
  }
  Result<std::vector<ProfileRow>> PoolProfiles(std::int64_t pool_id) override {
    return db_->Read([&](Connection& db) { return ProfileRows(db, pool_id); });
  }
  Result<std::vector<PoolTransition>> PoolTransitions(std::int64_t pool_id,
                                                      std::int64_t limit) override {
    return db_->Read([&](Connection& db) {
      return db.All(
          "SELECT l.at, l.from_grade, l.to_grade, s.digest, l.reasons FROM pool_log l "
          "JOIN policy_set s ON s.id = l.policy_id WHERE l.pool_id = ?1 "
          "ORDER BY l.id DESC LIMIT ?2",
          ReadPoolTransition, pool_id, limit);
    });
  }
  Result<std::vector<StoredPolicySet>> PolicySets(std::int64_t limit) override {
    return db_->Read([&](Connection& db) { return ListPolicySets(db, limit); });
  }
  Result<StoredPolicySet> PolicySetByDigest(std::string_view digest) override {
    return db_->Read([&](Connection& db) { return FindPolicySet(db, digest); });
  }
  Result<std::vector<DesktopSummary>> Desktops(const DesktopFilter& filter) override {
    return db_->Read([&](Connection& db) { return ListDesktops(db, filter); });
  }
  Result<DesktopSummary> DesktopById(std::int64_t id) override {
    return db_->Read([&](Connection& db) { return collector::DesktopById(db, id); });
  }
  Result<std::vector<DesktopSummary>> DesktopsByHost(std::string_view host_name) override {
    return db_->Read([&](Connection& db) { return collector::DesktopsByHost(db, host_name); });
  }
  Result<std::vector<Incarnation>> IncarnationsOf(std::int64_t desktop_id) override {
    return db_->Read([&](Connection& db) { return Incarnations(db, desktop_id); });
  }
  Result<std::int64_t> CertificatesUntil(Time end) override {
    ASSIGN_OR_RETURN(auto count, db_->Read([&](Connection& db) {
      return db.One(
          "SELECT count(*) FROM incarnation i JOIN desktop d ON d.id = i.desktop_id "
          "WHERE i.state IN (?1, ?2, ?3) AND i.certificate_expires < ?4 AND d.presence <> ?5",
          [](Row& row) { return row.Integer(); }, ToColumn(IncarnationState::kLive),
          ToColumn(IncarnationState::kProvisional), ToColumn(IncarnationState::kChallenged), end,
          ToColumn(Presence::kRetired));
    }));
    return count.value_or(0);
  }
  Result<std::vector<DesktopEvent>> EventsOf(std::int64_t desktop_id, std::int64_t limit) override {
    return db_->Read([&](Connection& db) {
      return db.All(
          "SELECT desktop_id, at, kind, detail FROM desktop_event WHERE desktop_id = ?1 "
          "ORDER BY id DESC LIMIT ?2",
          ReadEvent, desktop_id, limit);
    });
  }
  Result<std::vector<DesktopTransition>> TransitionsOf(std::int64_t desktop_id,
                                                       std::int64_t limit) override {
    return db_->Read([&](Connection& db) { return ListTransitions(db, desktop_id, limit); });
  }
  Result<void> OnSnapshot(const std::function<Result<void>(FleetSnapshot&)>& body) override {
    return db_->Read([&](Connection& db) { return body(*MakeSqlSnapshot(db)); });
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

Result<std::vector<PoolSummary>> PoolSummaries(Connection& db) { return Summarise(db); }

Result<std::optional<PoolSummary>> PoolSummaryNamed(Connection& db, std::string_view name) {
  ASSIGN_OR_RETURN(auto pool, db.One(SelectPools("WHERE name = ?1"), ReadPool, name));
  if (!pool) return std::optional<PoolSummary>();
  PoolSummary summary;
  summary.pool = std::move(*pool);
  RETURN_IF_ERROR(
      Tallies(db).OfOne(summary.pool.id, [&](const Tally& tally) { Add(tally, summary); }));
  return std::optional(std::move(summary));
}

std::shared_ptr<FleetReader> MakeSqlReader(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlReader>(std::move(database));
}

}  // namespace vdiwatch::collector
