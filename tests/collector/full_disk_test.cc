#include "tests/collector/collector_fixture.h"

namespace vdiwatch::collector {
namespace {

// A store whose disk is full: everything can be read, nothing written.
class FullDisk : public Store {
 public:
  explicit FullDisk(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  bool full = false;

  Result<std::vector<KnownIncarnation>> FindIncarnations(
      std::span<const IncarnationQuery> queries) override {
    return store_->FindIncarnations(queries);
  }
  Result<std::vector<Candidate>> FindCandidates(std::string_view slot,
                                                const Claims& claims) override {
    return store_->FindCandidates(slot, claims);
  }
  Result<void> Commit(const Changes& changes) override {
    if (full) return Unavailable("store.db: the disk is full");
    return store_->Commit(changes);
  }
  Result<void> TouchAll(std::span<const Touch> touches) override {
    return store_->TouchAll(touches);
  }
  Result<std::int64_t> Sweep(std::int64_t pool, Time before, Time retire, Time at) override {
    return store_->Sweep(pool, before, retire, at);
  }
  Result<std::vector<Candidate>> ProvisionalSince(Time before) override {
    return store_->ProvisionalSince(before);
  }
  Result<std::vector<Desktop>> DesktopsToWaive(std::span<const std::string> names) override {
    return store_->DesktopsToWaive(names);
  }
  Result<std::optional<Candidate>> FindCandidate(std::int64_t desktop_id) override {
    return store_->FindCandidate(desktop_id);
  }
  Result<PruneCursor> Prune(PruneCursor cursor, Time before) override {
    return store_->Prune(std::move(cursor), before);
  }
  Result<std::vector<std::string>> CollectUnused() override { return store_->CollectUnused(); }

  Result<std::optional<EnrolToken>> FindEnrolToken(std::string_view hash) override {
    return store_->FindEnrolToken(hash);
  }
  Result<std::vector<EnrolToken>> EnrolTokens() override { return store_->EnrolTokens(); }
  Result<std::int64_t> SaveEnrolToken(const EnrolToken& token) override {
    return store_->SaveEnrolToken(token);
  }
  Result<Pool> EnsurePool(std::string_view name) override { return store_->EnsurePool(name); }
  Result<std::vector<Pool>> Pools() override { return store_->Pools(); }
  Result<void> CommitPools(std::span<const PoolChange> pools, std::string_view policy,
                           std::span<const AlertChange> alerts, Time at) override {
    return store_->CommitPools(pools, policy, alerts, at);
  }
  Result<std::vector<Alert>> OpenAlerts() override { return store_->OpenAlerts(); }
  Result<std::string> FactSet(std::string_view digest) override { return store_->FactSet(digest); }
  Result<std::string> Readings(std::string_view digest) override {
    return store_->Readings(digest);
  }
  Result<std::vector<Profile>> Profiles() override { return store_->Profiles(); }
  Result<std::vector<ProfileCount>> Counts(std::int64_t pool) override {
    return store_->Counts(pool);
  }
  Result<std::vector<HostSeen>> HostsSeen(std::int64_t pool,
                                          std::span<const std::string> hosts) override {
    return store_->HostsSeen(pool, hosts);
  }
  Result<void> CommitVerdicts(std::span<const ProfileVerdict> verdicts, std::string_view policy,
                              Time at) override {
    if (full) return Unavailable("store.db: the disk is full");
    return store_->CommitVerdicts(verdicts, policy, at);
  }
  Result<void> SavePolicySet(std::string_view digest, std::string_view files, Time at) override {
    return store_->SavePolicySet(digest, files, at);
  }

 private:
  std::shared_ptr<Store> store_;
};

TEST_F(CollectorTest, NothingIsAcknowledgedWhileTheDiskIsFull) {
  auto store = std::make_shared<FullDisk>(database_.store);
  collector_ = *Collector::Start({}, store, *ca_, PolicyFrom(kTwoRules), kTwoRules, clock_, log_);
  Seat seat = NewSeat("fin-01");
  ASSERT_EQ(Enrol(seat, token_).status, 200);
  store->full = true;
  seat.report.sequence = 1;
  seat.report.facts = seat.facts;
  seat.report.facts_digest = FactSetDigest(seat.facts);
  seat.report.sent_at = clock_.Now();
  auto refused = Post("/v1/check-in", ToJson(seat.report), "", seat.key);
  EXPECT_EQ(refused.status, 503);
  EXPECT_GT(refused.retry_after_s.value_or(0), 0);
  store->full = false;
  EXPECT_EQ(Post("/v1/check-in", ToJson(seat.report), "", seat.key).status, 200);
  EXPECT_EQ(Finance().desktops, 1);
  collector_.reset();
}

TEST_F(CollectorTest, APolicySetThatCannotBeStoredChangesNothing) {
  auto store = std::make_shared<FullDisk>(database_.store);
  collector_ = *Collector::Start({}, store, *ca_, PolicyFrom(kTwoRules), kTwoRules, clock_, log_);
  Seat seat = NewSeat("fin-01", "xen");
  EXPECT_EQ(Live(seat, 3).grade, "noncompliant");
  std::string before = collector_->policy()->digest;
  std::string waived = std::string(kTwoRules) +
                       "---\nwaivers: [{id: w, rule: hypervisor, desktop: fin-01, owner: o, "
                       "reason: r, expires: 2099-12-31}]\n";
  store->full = true;
  auto refused = collector_->SetPolicy(PolicyFrom(waived), waived);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  store->full = false;
  EXPECT_EQ(collector_->policy()->digest, before);
  EXPECT_EQ(Report(seat).grade, "noncompliant");
  ASSERT_TRUE(collector_->SetPolicy(PolicyFrom(waived), waived));
  EXPECT_EQ(Report(seat).grade, "compliant");
  collector_.reset();
}

TEST_F(CollectorTest, AnExpiryThatCouldNotBeStoredIsDueAgain) {
  auto store = std::make_shared<FullDisk>(database_.store);
  std::string waived = std::string(kTwoRules) +
                       "---\nwaivers: [{id: w, rule: hypervisor, pool: finance, owner: o, "
                       "reason: r, expires: 2027-01-15}]\n";
  collector_ = *Collector::Start({}, store, *ca_, PolicyFrom(waived), waived, clock_, log_);
  Seat seat = NewSeat("fin-01", "xen");
  EXPECT_EQ(Live(seat, 3).grade, "compliant");
  clock_.Set(*ParseTime("2027-01-16T00:00:00Z"));
  store->full = true;
  EXPECT_FALSE(collector_->SweepNow());
  store->full = false;
  EXPECT_TRUE(collector_->SweepNow());
  EXPECT_EQ(database_.reader->DesktopsByHost("fin-01")->at(0).verdict.find("waived"),
            std::string::npos);
  collector_.reset();
}

}  // namespace
}  // namespace vdiwatch::collector
