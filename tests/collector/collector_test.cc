#include "collector/collector.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <future>
#include <map>

#include "base/digest.h"
#include "collector/store/sqlite_store.h"
#include "report/fact_set.h"
#include "report/messages.h"

namespace vdiwatch::collector {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPack = R"(
pack: test
version: 1.0.0
source: {title: Test, url: "https://example.com/", as_of: 2026-01-01}
rules:
  - id: hypervisor
    title: The hypervisor is supported
    severity: critical
    section: One
    require: {platform.kind: {in: [vmware, azure]}}
    otherwise: noncompliant
    remediation: Move it.
    contact: hypervisor vendor
  - id: persistent
    title: The desktop keeps its disk
    severity: critical
    section: Two
    require: {persistence.verdict: persistent}
    otherwise: noncompliant
    remediation: Make it persistent.
    contact: VDI team
)";

policy::PolicySet Policy(std::string text) {
  return *policy::RequireGood(policy::LoadPolicy({{"test.yaml", std::move(text)}}));
}

// One simulated agent: a key, claims, a canary.
struct Seat {
  std::string csr;
  std::string key;
  CheckInRequest report;
  Facts facts;

  // A new life: another key and another canary, as after a reset.
  void Reset(std::string boot_id, Time now) {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
    std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), X509_REQ_free);
    std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    X509_REQ_set_pubkey(request.get(), pair.get());
    X509_REQ_sign(request.get(), pair.get(), EVP_sha256());
    PEM_write_bio_X509_REQ(out.get(), request.get());
    char* bytes = nullptr;
    auto size = BIO_get_mem_data(out.get(), &bytes);
    csr.assign(bytes, static_cast<std::size_t>(size));
    key = CheckCsr(csr)->key;
    report.canary = {Hex(RandomBytes(4)), now, 1};
    Reboot(std::move(boot_id));
  }
  void Reboot(std::string boot_id) {
    report.boot_id = std::move(boot_id);
    report.sequence = 0;
  }
};

class CollectorTest : public testing::Test {
 protected:
  CollectorTest() {
    fs::create_directories(folder_);
    ca_.emplace(*Ca::OpenOrCreate(folder_, clock_.Now()));
    database_ = *OpenSqlite(folder_ / "store.db");
    token_ = *CreateEnrolToken(*database_.store,
                               {.pool = "finance",
                                .expires_at = clock_.Now() + Seconds(86400 * 365),
                                .max_uses = 3,
                                .cidr = "",
                                .note = ""},
                               clock_.Now());
    Start(kPack);
  }
  ~CollectorTest() override {
    collector_.reset();
    database_ = {};
    fs::remove_all(folder_);
  }

  void Start(const std::string& pack) {
    auto started = Collector::Start({}, database_.store, *ca_, Policy(pack), pack, clock_, log_);
    ASSERT_TRUE(started) << started.error().message;
    collector_ = std::move(*started);
  }

  Response Post(const std::string& target, const Json& body, const std::string& bearer,
                const std::string& key) {
    RequestHead head{.method = "POST",
                     .target = target,
                     .peer = {},
                     .bearer = bearer,
                     .remote_ip = "127.0.0.1",
                     .content_length = body.dump().size()};
    if (!key.empty()) head.peer = PeerCertificate{key, clock_.Now() + Seconds(60)};
    if (auto refused = collector_->Admit(head)) return *refused;
    std::promise<Response> answer;
    collector_->Handle(head, body.dump(), [&](Response r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
  }

  Seat NewSeat(const std::string& host, const std::string& platform = "vmware") {
    Seat seat;
    seat.report.agent_version = "0.1.0";
    seat.report.os = "windows";
    seat.report.claims.host_name = host;
    seat.report.claims.domain = "corp.example";
    seat.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-" + Hex(host).substr(0, 12);
    seat.facts = {{"platform.kind", Known(platform.c_str())},
                  {"persistence.declared", Unknown(Missing::kAbsent)}};
    seat.Reset("boot-1", clock_.Now());
    return seat;
  }

  Response Enrol(const Seat& seat, const std::string& token) {
    return Post("/v1/enrol",
                ToJson(EnrolRequest{seat.csr, seat.report.claims, seat.report.boot_id}), token, "");
  }

  // Reports until the collector needs no more; the last answer.
  CheckInResponse Report(Seat& seat) {
    CheckInResponse answer;
    for (int turn = 0; turn < 3; ++turn) {
      ++seat.report.sequence;
      seat.report.sent_at = clock_.Now();
      seat.report.facts_digest = FactSetDigest(seat.facts);
      Response response = Post("/v1/check-in", ToJson(seat.report), "", seat.key);
      EXPECT_EQ(response.status, 200) << response.body;
      if (response.status != 200) return answer;
      answer = *ParseCheckInResponse(response.body);
      seat.report.facts.reset();
      if (answer.need != std::vector<std::string>{"facts"}) return answer;
      seat.report.facts = seat.facts;
    }
    return answer;
  }

  // Enrols and reports through so many boots that kept the disk.
  CheckInResponse Live(Seat& seat, int boots) {
    EXPECT_EQ(Enrol(seat, token_).status, 200);
    auto answer = Report(seat);
    for (int boot = 2; boot <= boots; ++boot) {
      seat.Reboot("boot-" + std::to_string(boot));
      ++seat.report.canary.boots;
      answer = Report(seat);
    }
    return answer;
  }

  PoolSummary Finance() {
    EXPECT_TRUE(collector_->SweepNow());
    return database_.reader->PoolSummaries()->at(0);
  }

  const fs::path folder_ = fs::temp_directory_path() / ("vdiwatch-" + Hex(RandomBytes(6)));
  ManualClock clock_{FromUnix(1'800'000'000)};
  Log log_{Log::Level::kError};
  std::optional<Ca> ca_;
  Database database_;
  std::string token_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(CollectorTest, AsksForFactsOnceAndJudges) {
  Seat seat = NewSeat("fin-01");
  ASSERT_EQ(Enrol(seat, token_).status, 200);
  seat.report.sequence = 1;
  seat.report.sent_at = clock_.Now();
  seat.report.facts_digest = FactSetDigest(seat.facts);
  auto first = ParseCheckInResponse(Post("/v1/check-in", ToJson(seat.report), "", seat.key).body);
  EXPECT_EQ(first->need, std::vector<std::string>{"facts"});
  EXPECT_EQ(first->next_in_s, 0);
  auto second = Report(seat);
  EXPECT_TRUE(second.need.empty());
  EXPECT_EQ(second.grade, "unknown");  // nobody saw it boot yet
  EXPECT_EQ(second.pool, "finance");
  EXPECT_GE(second.next_in_s, 450);

  Seat clone = NewSeat("fin-02");
  ASSERT_EQ(Enrol(clone, token_).status, 200);
  clone.report.sequence = 0;
  clone.facts = seat.facts;
  ++clone.report.sequence;
  clone.report.sent_at = clock_.Now();
  clone.report.facts_digest = FactSetDigest(clone.facts);
  auto known = ParseCheckInResponse(Post("/v1/check-in", ToJson(clone.report), "", clone.key).body);
  EXPECT_TRUE(known->need.empty());  // clones of one image share a fact set
}

TEST_F(CollectorTest, SurvivedBootsMakeItPersistentAndThePoolCompliant) {
  Seat seat = NewSeat("fin-01");
  EXPECT_EQ(Live(seat, 3).grade, "compliant");
  auto pool = Finance();
  EXPECT_EQ(pool.desktops, 1);
  ASSERT_TRUE(pool.pool.state);
  EXPECT_EQ(pool.pool.state->grade, policy::Grade::kCompliant);
}

TEST_F(CollectorTest, ResetsMakeItNonPersistentAndItStaysOneDesktop) {
  Seat seat = NewSeat("fin-01");
  std::string desktop = Live(seat, 1).desktop;
  CheckInResponse answer;
  for (int boot = 2; boot <= 4; ++boot) {
    clock_.Advance(Seconds(3600));
    seat.Reset("boot-" + std::to_string(boot), clock_.Now());
    ASSERT_EQ(Enrol(seat, token_).status, 200);
    answer = Report(seat);
    EXPECT_EQ(answer.desktop, desktop);
  }
  EXPECT_EQ(answer.grade, "noncompliant");
  auto pool = Finance();
  EXPECT_EQ(pool.desktops, 1);
  EXPECT_EQ(pool.pool.state->grade, policy::Grade::kNoncompliant);
  EXPECT_NE(pool.pool.reasons.find("persistent"), std::string::npos);
}

TEST_F(CollectorTest, EnrolmentIsIdempotentPerKey) {
  Seat seat = NewSeat("fin-01");
  EXPECT_EQ(Enrol(seat, token_).status, 200);
  EXPECT_EQ(Enrol(seat, token_).status, 200);
  Report(seat);
  EXPECT_EQ(Finance().desktops, 1);
  EXPECT_EQ(database_.store->EnrolTokens()->at(0).uses, 1);
}

TEST_F(CollectorTest, TokensCountDesktopsAndAreRefusedByName) {
  for (const char* host : {"fin-01", "fin-02", "fin-03"}) {
    EXPECT_EQ(Enrol(NewSeat(host), token_).status, 200);
  }
  auto full = Enrol(NewSeat("fin-04"), token_);
  EXPECT_EQ(full.status, 403);
  EXPECT_NE(full.body.find("was for 3 desktops"), std::string::npos);

  auto wrong = Enrol(NewSeat("fin-05"), "vdw_enrol_0000");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_NE(wrong.body.find("not known here"), std::string::npos);

  clock_.Advance(Seconds(86400 * 400));
  auto late = Enrol(NewSeat("fin-06"), token_);
  EXPECT_EQ(late.status, 403);
  EXPECT_NE(late.body.find("expired at"), std::string::npos);
}

TEST_F(CollectorTest, TwoMachinesUnderOneNameBecomeTwoDesktops) {
  Seat first = NewSeat("fin-01");
  std::string kept = Live(first, 1).desktop;
  Seat second = NewSeat("fin-01");
  second.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-ffffffffffff";
  ASSERT_EQ(Enrol(second, token_).status, 200);
  EXPECT_EQ(Report(second).desktop, kept);  // for all that is known: the machine was recreated
  EXPECT_EQ(Report(first).desktop, kept);   // but the first one speaks: a name collision
  EXPECT_NE(Report(second).desktop, kept);
  EXPECT_EQ(Finance().desktops, 2);
}

TEST_F(CollectorTest, ARecreatedMachineSucceedsOnceTheOldOneIsSilent) {
  Seat first = NewSeat("fin-01");
  std::string kept = Live(first, 1).desktop;
  Seat second = NewSeat("fin-01");
  second.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-ffffffffffff";
  ASSERT_EQ(Enrol(second, token_).status, 200);
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(Seconds(900));
    EXPECT_EQ(Report(second).desktop, kept);
    ASSERT_TRUE(collector_->SweepNow());
  }
  EXPECT_EQ(Report(first).need, std::vector<std::string>{"enrol"});
  EXPECT_EQ(Finance().desktops, 1);
}

TEST_F(CollectorTest, AClonedKeyIsToldToEnrolAnew) {
  Seat original = NewSeat("fin-01");
  Live(original, 1);
  Seat clone = original;
  clone.report.claims.host_name = "fin-02";
  clone.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-eeeeeeeeeee1";
  clone.Reboot("boot-9");
  EXPECT_EQ(Report(clone).need, std::vector<std::string>{"enrol"});
  EXPECT_EQ(Report(original).need, std::vector<std::string>{"enrol"});
  clone.Reset("boot-9", clock_.Now());
  original.Reset("boot-1", clock_.Now());
  EXPECT_EQ(Enrol(original, token_).status, 200);
  EXPECT_EQ(Enrol(clone, token_).status, 200);
  EXPECT_NE(Report(original).desktop, Report(clone).desktop);
  EXPECT_EQ(Finance().desktops, 2);
}

TEST_F(CollectorTest, SilenceIsStaleAndGoodbyeIsNot) {
  Seat silent = NewSeat("fin-01"), off = NewSeat("fin-02");
  Live(silent, 2);
  Live(off, 2);
  off.report.goodbye = true;
  Report(off);
  clock_.Advance(Seconds(3 * 3600));
  auto pool = Finance();
  EXPECT_EQ(pool.stale, 1);
  EXPECT_EQ(pool.off, 1);
  EXPECT_EQ(pool.live, 0);
}

TEST_F(CollectorTest, ANewPolicyJudgesWhatIsStored) {
  Seat seat = NewSeat("fin-01", "nutanix_ahv");
  EXPECT_EQ(Live(seat, 3).grade, "noncompliant");
  std::string wider = kPack;
  wider.replace(wider.find("[vmware, azure]"), 15, "[vmware, azure, nutanix_ahv]");
  ASSERT_TRUE(collector_->SetPolicy(Policy(wider), wider));
  EXPECT_EQ(Finance().pool.state->grade, policy::Grade::kCompliant);
  EXPECT_EQ(Report(seat).grade, "compliant");
}

TEST_F(CollectorTest, ARestartForgetsNothingThatWasAcknowledged) {
  Seat seat = NewSeat("fin-01");
  std::string desktop = Live(seat, 2).desktop;
  collector_.reset();
  database_ = {};
  database_ = *OpenSqlite(folder_ / "store.db");
  Start(kPack);
  seat.Reboot("boot-3");
  ++seat.report.canary.boots;
  auto answer = Report(seat);
  EXPECT_EQ(answer.desktop, desktop);
  EXPECT_EQ(answer.grade, "compliant");
}

TEST_F(CollectorTest, RefusesBeforeTheBodyWhatItCannotUse) {
  RequestHead head{.method = "POST",
                   .target = "/v1/check-in",
                   .peer = {},
                   .bearer = "",
                   .remote_ip = "",
                   .content_length = 10};
  EXPECT_EQ(collector_->Admit(head)->status, 401);
  head.peer = PeerCertificate{"key", clock_.Now() - Seconds(181LL * 86400)};
  EXPECT_EQ(collector_->Admit(head)->status, 401);
  head.peer = PeerCertificate{"key", clock_.Now() - Seconds(179LL * 86400)};
  EXPECT_FALSE(collector_->Admit(head));
  head.content_length = kMaxCheckInBytes + 1;
  EXPECT_EQ(collector_->Admit(head)->status, 413);
  head.target = "/v1/other";
  EXPECT_EQ(collector_->Admit(head)->status, 404);
  head.target = "/v1/check-in";
  head.method = "GET";
  EXPECT_EQ(collector_->Admit(head)->status, 405);
  EXPECT_EQ(Post("/v1/check-in", ToJson(NewSeat("x").report), "", "nobody's key").status, 400);
}

TEST_F(CollectorTest, RenewsForTheSameKeyOnly) {
  Seat seat = NewSeat("fin-01"), other = NewSeat("fin-02");
  Live(seat, 1);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{seat.csr}), "", seat.key).status, 200);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{other.csr}), "", seat.key).status, 403);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{other.csr}), "", other.key).status, 401);
}

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
                           Time at) override {
    return store_->CommitPools(pools, policy, at);
  }
  Result<std::string> FactSet(std::string_view digest) override { return store_->FactSet(digest); }
  Result<std::string> Readings(std::string_view digest) override {
    return store_->Readings(digest);
  }
  Result<std::vector<Profile>> Profiles() override { return store_->Profiles(); }
  Result<std::vector<ProfileCount>> Counts(std::int64_t pool) override {
    return store_->Counts(pool);
  }
  Result<void> CommitVerdicts(std::span<const ProfileVerdict> verdicts, std::string_view policy,
                              Time at) override {
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
  collector_ = *Collector::Start({}, store, *ca_, Policy(kPack), kPack, clock_, log_);
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

}  // namespace
}  // namespace vdiwatch::collector
