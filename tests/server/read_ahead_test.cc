#include "server/read_ahead.h"

#include <atomic>

#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using collector::DesktopSummary;
using collector::ProfileStanding;

// Counts the texts that are read from the store behind it.
class CountingIndex : public collector::FleetIndex {
 public:
  explicit CountingIndex(collector::FleetIndex& index) : index_(index) {}

  Result<std::vector<DesktopSummary>> HostsFrom(
      std::string_view prefix, const std::optional<std::vector<std::int64_t>>& pools,
      std::int64_t limit) override {
    return index_.HostsFrom(prefix, pools, limit);
  }
  Result<std::vector<ProfileStanding>> Standings() override { return index_.Standings(); }
  Result<std::vector<ProfileStanding>> StandingsOf(std::int64_t pool_id) override {
    return index_.StandingsOf(pool_id);
  }
  Result<std::vector<std::pair<std::string, std::string>>> Verdicts(
      std::span<const std::string> profiles) override {
    verdicts += profiles.size();
    return index_.Verdicts(profiles);
  }
  Result<std::optional<collector::PoolSummary>> PoolNamed(std::string_view name) override {
    return index_.PoolNamed(name);
  }
  Result<std::vector<collector::StoredProfile>> Profiles(
      std::span<const std::string> digests) override {
    fact_sets += digests.size();
    return index_.Profiles(digests);
  }
  Result<collector::StoreSize> Size() override { return index_.Size(); }

  std::atomic<std::size_t> verdicts = 0, fact_sets = 0;

 private:
  collector::FleetIndex& index_;
};

TEST(ReadAheadTest, NoRequestWaitsForWhatWasReadAhead) {
  TestSite site;
  site.AddDesktop("finance", "fin-01", GoodFacts());
  site.AddDesktop("xen", "xen-01", XenFacts());
  CountingIndex counting(*site.database.index);
  VerdictIndex verdicts(counting);
  {
    const ReadAhead ahead(verdicts, *site.database.trends, site.clock);
    for (int i = 0; i < 1000 && counting.fact_sets < 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  EXPECT_EQ(counting.verdicts, 2u);
  EXPECT_EQ(counting.fact_sets, 2u);
  site.services().verdicts = &verdicts;
  const Json pool = site.GetJson("/api/v1/pools/xen");
  EXPECT_EQ(pool["rules"][0]["noncompliant"], 1);
  EXPECT_EQ(pool["platforms"][0]["value"], "xen_server");
  site.GetJson("/api/v1/rules/hypervisor");
  EXPECT_EQ(counting.verdicts, 2u);
  EXPECT_EQ(counting.fact_sets, 2u);
}

}  // namespace
}  // namespace vdiwatch::server
