#include "tests/collector/store_contract.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/digest.h"

namespace vdiwatch::collector {

void StoreContract::SetUp() {
  engine_ = GetParam().make();
  auto opened = engine_->Open();
  ASSERT_OK(opened);
  db_ = *std::move(opened);
  policy_ = DigestText("the policy");
  ASSERT_OK(db_.store->SavePolicySet(policy_, "pack: …", kStart));
}

std::int64_t StoreContract::PoolId(std::string_view name) {
  auto pool = db_.store->EnsurePool(name);
  EXPECT_OK(pool);
  return pool ? pool->id : 0;
}

std::string FactSetTextOf(const std::string& name) {
  return R"({"os.name":{"value":")" + name + R"("}})";
}

Profile MakeProfile(std::int64_t pool_id, const std::string& name) {
  Profile profile;
  profile.digest = Sha256(name + std::to_string(pool_id));
  profile.pool_id = pool_id;
  profile.facts_digest = DigestText(FactSetTextOf(name));
  profile.state = R"({"docker_desktop.instances":{"value":1}})";
  profile.derived = R"({"identity.duplicate":{"value":"none"}})";
  return profile;
}

Profile StoreContract::AddProfile(std::int64_t pool_id, const std::string& name,
                                  policy::Grade grade) {
  Changes changes;
  changes.at = kStart;
  changes.policy = policy_;
  Profile profile = MakeProfile(pool_id, name);
  changes.fact_sets.emplace_back(profile.facts_digest, FactSetTextOf(name));
  changes.profiles.push_back(profile);
  changes.verdicts.push_back({profile.digest, grade, R"({"grade":")" + name + "\"}", {}});
  EXPECT_OK(db_.store->Commit(changes));
  return profile;
}

std::int64_t StoreContract::AddToken(std::int64_t pool_id) {
  EnrolToken token;
  token.hash = Sha256(RandomBytes(8));
  token.pool_id = pool_id;
  token.created_at = kStart;
  token.expires_at = kStart + kHour;
  auto id = db_.store->SaveEnrolToken(token);
  EXPECT_OK(id);
  return id ? *id : 0;
}

Desktop MakeDesktop(const std::string& host, std::int64_t pool_id) {
  Desktop desktop;
  desktop.id = RandomId();
  desktop.pool_id = pool_id;
  desktop.slot = "domain:corp.example/" + host;
  desktop.claims.host_name = host;
  desktop.claims.domain = "corp.example";
  desktop.claims.smbios_uuid = "42091c7c-0000-4000-8000-" + Hex(Sha256(host)).substr(0, 12);
  desktop.claims.mac_digests = {Hex(Sha256("mac" + host)).substr(0, 32)};
  desktop.created_at = kStart;
  desktop.last_seen = kStart;
  desktop.agent_version = "0.1.0";
  desktop.os = "windows";
  return desktop;
}

Incarnation MakeIncarnation(const Desktop& desktop) {
  Incarnation incarnation;
  incarnation.id = RandomId();
  incarnation.desktop_id = desktop.id;
  incarnation.key = Sha256(RandomBytes(16));
  incarnation.enrolled_at = kStart;
  incarnation.certificate_expires = kStart + 14 * 24 * kHour;
  incarnation.boot_id = Hex(RandomBytes(16));
  incarnation.sequence = 1;
  incarnation.last_seen = kStart;
  incarnation.claims = desktop.claims;
  return incarnation;
}

Desktop StoreContract::AddDesktop(const std::string& host, std::int64_t pool_id,
                                  const Profile* profile) {
  Desktop desktop = MakeDesktop(host, pool_id);
  if (profile) desktop.profile = profile->digest;
  if (profile) desktop.facts_digest = profile->facts_digest;
  Changes changes;
  changes.at = kStart;
  changes.desktops = {desktop};
  changes.incarnations = {MakeIncarnation(desktop)};
  EXPECT_OK(db_.store->Commit(changes));
  return desktop;
}

void StoreContract::Save(const Desktop& desktop, Time at) {
  Changes changes;
  changes.at = at;
  changes.desktops = {desktop};
  EXPECT_OK(db_.store->Commit(changes));
}

void StoreContract::Save(const Incarnation& incarnation) {
  Changes changes;
  changes.at = kStart;
  changes.incarnations = {incarnation};
  EXPECT_OK(db_.store->Commit(changes));
}

Desktop StoreContract::Stored(std::int64_t desktop_id) {
  auto found = db_.reader->DesktopById(desktop_id);
  EXPECT_OK(found);
  return found ? found->desktop : Desktop();
}

KnownIncarnation StoreContract::Find(const Incarnation& incarnation) {
  IncarnationQuery query{incarnation.key, "", ""};
  auto found = db_.store->FindIncarnations({&query, 1});
  EXPECT_OK(found);
  return found && found->size() == 1 ? found->front() : KnownIncarnation();
}

std::int64_t StoreContract::CountOf(std::int64_t pool_id, const std::string& profile,
                                    Presence presence) {
  auto counts = db_.store->Counts(pool_id);
  EXPECT_OK(counts);
  if (!counts) return -1;
  std::int64_t found = 0;
  for (const auto& count : *counts) {
    if (count.profile == profile && count.presence == presence) found += count.desktops;
  }
  return found;
}

void StoreContract::ExpectCountsEqualRecount() {
  using Key = std::pair<std::string, Presence>;  // profile
  std::map<std::int64_t, std::map<Key, std::int64_t>> recount, counted;
  DesktopFilter filter;
  filter.limit = 100;
  while (true) {
    auto page = db_.reader->Desktops(filter);
    ASSERT_OK(page);
    for (const auto& row : *page) {
      ++recount[row.desktop.pool_id][{row.desktop.profile, row.desktop.presence}];
    }
    if (page->size() < 100) break;
    filter.after = page->back().desktop.id;
  }
  auto pools = db_.reader->PoolSummaries();
  ASSERT_OK(pools);
  for (const auto& summary : *pools) {
    auto counts = db_.store->Counts(summary.pool.id);
    ASSERT_OK(counts);
    std::int64_t total = 0;
    for (const auto& count : *counts) {
      counted[summary.pool.id][{count.profile, count.presence}] += count.desktops;
      total += count.desktops;
    }
    EXPECT_EQ(summary.desktops, total);
    EXPECT_EQ(summary.desktops, summary.live + summary.off + summary.stale);
  }
  EXPECT_EQ(counted, recount);
}

void ExpectEqual(const Desktop& a, const Desktop& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.pool_id, b.pool_id);
  EXPECT_EQ(a.slot, b.slot);
  EXPECT_EQ(a.claims, b.claims);
  EXPECT_EQ(a.presence, b.presence);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.last_seen, b.last_seen);
  EXPECT_EQ(a.profile, b.profile);
  EXPECT_EQ(a.facts_digest, b.facts_digest);
  EXPECT_EQ(a.readings_digest, b.readings_digest);
  EXPECT_TRUE(std::ranges::equal(a.state, b.state, [](const auto& x, const auto& y) {
    return x.first == y.first && SameAnswer(x.second, y.second);
  }));
  EXPECT_TRUE(std::ranges::equal(a.per_desktop, b.per_desktop, [](const auto& x, const auto& y) {
    return x.first == y.first && SameAnswer(x.second, y.second);
  }));
  EXPECT_EQ(a.agent_version, b.agent_version);
  EXPECT_EQ(a.os, b.os);
  EXPECT_EQ(a.duplicate, b.duplicate);
  ASSERT_EQ(a.last_boot.has_value(), b.last_boot.has_value());
  if (a.last_boot) {
    EXPECT_EQ(a.last_boot->boot_id, b.last_boot->boot_id);
    EXPECT_EQ(a.last_boot->canary.id, b.last_boot->canary.id);
    EXPECT_EQ(a.last_boot->canary.created_at, b.last_boot->canary.created_at);
    EXPECT_EQ(a.last_boot->canary.boots, b.last_boot->canary.boots);
  }
  EXPECT_EQ(a.boots, b.boots);
  EXPECT_EQ(a.install_order, b.install_order);
}

void ExpectEqual(const Incarnation& a, const Incarnation& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.desktop_id, b.desktop_id);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.token_id, b.token_id);
  EXPECT_EQ(a.enrolled_at, b.enrolled_at);
  EXPECT_EQ(a.certificate_expires, b.certificate_expires);
  EXPECT_EQ(a.boot_id, b.boot_id);
  EXPECT_EQ(a.past_boots, b.past_boots);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.last_seen, b.last_seen);
  EXPECT_EQ(a.claims, b.claims);
}

}  // namespace vdiwatch::collector
