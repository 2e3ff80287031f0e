#include "collector/store/sql_store.h"

#include <fmt/format.h>

#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_alert_write.h"
#include "collector/store/sql_commit.h"
#include "collector/store/sql_find.h"
#include "collector/store/sql_incarnation_write.h"
#include "collector/store/sql_pools.h"
#include "collector/store/sql_prune.h"
#include "collector/store/sql_rows.h"
#include "collector/store/sql_sweep.h"

namespace vdiwatch::collector {
namespace {

// How many desktops a sweep moves before it lets commits pass.
constexpr std::int64_t kSweepStep = 500;

Result<std::string> ContentText(Connection& db, std::string_view find, std::string_view what,
                                std::string_view digest) {
  ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
  ASSIGN_OR_RETURN(auto text, db.One(
                                  find, [](Row& row) { return row.Text(); }, Blob{raw}));
  if (!text) return NotFound(fmt::format("{} '{}' is not stored", what, Printable(digest)));
  return std::move(*text);
}

class SqlStore : public Store {
 public:
  explicit SqlStore(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::vector<KnownIncarnation>> FindIncarnations(
      std::span<const IncarnationQuery> queries) override {
    return db_->Read([&](Connection& db) { return collector::FindIncarnations(db, queries); });
  }
  Result<std::vector<Candidate>> FindCandidates(std::string_view slot,
                                                const Claims& claims) override {
    return db_->Read([&](Connection& db) { return collector::FindCandidates(db, slot, claims); });
  }
  Result<std::optional<Candidate>> FindCandidate(std::int64_t desktop_id) override {
    return db_->Read([&](Connection& db) { return collector::FindCandidate(db, desktop_id); });
  }
  Result<void> Commit(const Changes& changes) override {
    if (changes.empty()) return {};
    return db_->Write([&](Connection& db) { return ApplyChanges(db, changes); });
  }
  Result<void> TouchAll(std::span<const Touch> touches) override {
    if (touches.empty()) return {};
    return db_->WriteUnsynced([&](Connection& db) { return ApplyTouches(db, touches); });
  }
  Result<std::int64_t> Sweep(std::int64_t pool_id, Time before, Time retire_before,
                             Time at) override;
  Result<std::vector<Candidate>> ProvisionalSince(Time before) override {
    return db_->Read([&](Connection& db) { return collector::ProvisionalSince(db, before); });
  }

  Result<std::vector<Desktop>> DesktopsToWaive(std::span<const std::string> names) override {
    return db_->Read([&](Connection& db) { return collector::DesktopsToWaive(db, names); });
  }
  Result<PruneCursor> Prune(PruneCursor cursor, Time before) override {
    return db_->Write([&](Connection& db) { return PruneStep(db, cursor, before); });
  }
  Result<std::vector<std::string>> CollectUnused() override {
    ASSIGN_OR_RETURN(auto unused, db_->Read([](Connection& db) { return UnusedProfiles(db); }));
    return db_->Write([&](Connection& db) { return DeleteUnused(db, unused); });
  }

  Result<std::optional<EnrolToken>> FindEnrolToken(std::string_view hash) override {
    return db_->Read([&](Connection& db) {
      return db.One(SelectEnrolTokens("WHERE hash = ?1"), ReadEnrolToken, Blob{hash});
    });
  }
  Result<std::vector<EnrolToken>> EnrolTokens() override {
    return db_->Read([&](Connection& db) {
      return db.All(SelectEnrolTokens("ORDER BY created_at, id"), ReadEnrolToken);
    });
  }
  Result<std::int64_t> SaveEnrolToken(const EnrolToken& token) override {
    return db_->Write([&](Connection& db) { return WriteEnrolToken(db, token); });
  }

  Result<Pool> EnsurePool(std::string_view name) override;
  Result<std::vector<Pool>> Pools() override {
    return db_->Read(
        [&](Connection& db) { return db.All(SelectPools("ORDER BY name"), ReadPool); });
  }
  Result<void> CommitPools(std::span<const PoolChange> pools, std::string_view policy,
                           std::span<const AlertChange> alerts, Time at) override {
    if (pools.empty() && alerts.empty()) return {};
    return db_->Write([&](Connection& db) -> Result<void> {
      if (!pools.empty()) RETURN_IF_ERROR(WritePools(db, pools, policy, at));
      return WriteAlerts(db, alerts, at);
    });
  }

  Result<std::vector<Alert>> OpenAlerts() override {
    return db_->Read([](Connection& db) { return ReadOpenAlerts(db); });
  }

  Result<std::string> FactSet(std::string_view digest) override {
    return db_->Read([&](Connection& db) {
      return ContentText(db, "SELECT text FROM fact_set WHERE digest = ?1", "fact set", digest);
    });
  }
  Result<std::string> Readings(std::string_view digest) override {
    return db_->Read([&](Connection& db) {
      return ContentText(db, "SELECT text FROM readings WHERE digest = ?1", "readings", digest);
    });
  }
  Result<std::vector<Profile>> Profiles() override {
    return db_->Read([&](Connection& db) { return AllProfiles(db); });
  }
  Result<std::vector<ProfileCount>> Counts(std::int64_t pool_id) override {
    return db_->Read([&](Connection& db) { return PoolCounts(db, pool_id); });
  }
  Result<std::vector<HostSeen>> HostsSeen(std::int64_t pool_id,
                                          std::span<const std::string> hosts) override {
    return db_->Read([&](Connection& db) { return collector::HostsSeen(db, pool_id, hosts); });
  }
  Result<void> CommitVerdicts(std::span<const ProfileVerdict> verdicts, std::string_view policy,
                              Time at) override {
    if (verdicts.empty()) return {};
    return db_->Write([&](Connection& db) { return ApplyVerdicts(db, verdicts, policy, at); });
  }
  Result<void> SavePolicySet(std::string_view digest, std::string_view files, Time at) override {
    return db_->Write([&](Connection& db) { return WritePolicySet(db, digest, files, at); });
  }

 private:
  // All of the pool's desktops that are silent in this presence, step by step.
  Result<std::int64_t> MoveAll(std::int64_t pool_id, Presence from, Presence to, Time before,
                               Time at);

  std::shared_ptr<SqlDatabase> db_;
};

Result<std::int64_t> SqlStore::MoveAll(std::int64_t pool_id, Presence from, Presence to,
                                       Time before, Time at) {
  auto any = [&](Connection& db) { return AnySilent(db, pool_id, from, before); };
  auto step = [&](Connection& db) {
    return MoveSilent(db, pool_id, from, to, before, at, kSweepStep);
  };
  std::int64_t moved = 0;
  while (true) {
    ASSIGN_OR_RETURN(bool more, db_->Read(any));  // most sweeps find nothing and write nothing
    if (!more) return moved;
    ASSIGN_OR_RETURN(auto count, db_->Write(step));
    if (count == 0) return moved;  // the rest is another writer's
    moved += count;
  }
}

Result<std::int64_t> SqlStore::Sweep(std::int64_t pool_id, Time before, Time retire_before,
                                     Time at) {
  // Retired first: what turns stale now keeps until the next sweep.
  std::int64_t moved = 0;
  for (Presence from : {Presence::kStale, Presence::kOff}) {
    ASSIGN_OR_RETURN(auto retired, MoveAll(pool_id, from, Presence::kRetired, retire_before, at));
    moved += retired;
  }
  ASSIGN_OR_RETURN(auto stale, MoveAll(pool_id, Presence::kLive, Presence::kStale, before, at));
  return moved + stale;
}

Result<Pool> SqlStore::EnsurePool(std::string_view name) {
  ASSIGN_OR_RETURN(auto known, db_->Read([&](Connection& db) { return FindPool(db, name); }));
  if (known) return std::move(*known);
  return db_->Write([&](Connection& db) { return MakePool(db, name); });
}

}  // namespace

bool Changes::empty() const {
  return fact_sets.empty() && readings.empty() && profiles.empty() && verdicts.empty() &&
         desktops.empty() && incarnations.empty() && events.empty() && token_uses.empty() &&
         audit.empty();
}

std::shared_ptr<Store> MakeSqlStore(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlStore>(std::move(database));
}

}  // namespace vdiwatch::collector
