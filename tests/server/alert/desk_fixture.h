#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "collector/alert_book.h"
#include "collector/store/open.h"
#include "collector/store/rows.h"
#include "collector/store/store.h"
#include "server/alert/desk.h"
#include "tests/agent/temp_folder.h"
#include "tests/server/alert/fake_sink.h"

namespace vdiwatch::server::alert {

inline const Time kStart = FromUnix(1'795'000'000);
inline constexpr Seconds kHour{3600};

// A desk over a real store and fake sinks, with a clock ticked by hand.
class DeskTest : public testing::Test {
 protected:
  DeskTest() : database_(*collector::OpenSqlite(directory_.path() / "vdiwatch.db")) {}

  std::shared_ptr<Told> Sink(const std::string& name, std::optional<RateSpec> rate = {}) {
    auto told = std::make_shared<Told>();
    config_.sinks.push_back({name, "fake", std::make_unique<FakeSink>(told), rate});
    if (config_.routes.empty()) config_.routes.emplace_back();
    config_.routes[0].sinks.push_back(name);
    return told;
  }
  std::unique_ptr<Desk> NewDesk() {
    return std::make_unique<Desk>(
        DeskParts{*database_.alerts, [this] { return news_; }, [] { return 1.0; }, clock_, log_});
  }
  void Open() {
    desk_ = NewDesk();
    desk_->Adopt(std::move(config_));
  }
  void Turn(Seconds later = Seconds(0)) {
    clock_.Advance(later);
    ASSERT_TRUE(desk_->Turn());
  }

  // An alert of this pool opens now.
  collector::AlertChange Opens(const std::string& pool, const std::string& cause = "hypervisor") {
    const Time now = clock_.Now();
    policy::AlertCause told;
    told.cause = told.rule = cause;
    told.name = "CitrixOnXenPool";
    told.severity = policy::Severity::kCritical;
    told.desktops = 38;
    told.of = 40;
    told.text = "38 of 40 desktops: Xen";
    told.remediation = "Move it.";
    collector::AlertChange change;
    change.alert.id = RandomId();
    change.alert.pool_id = database_.store->EnsurePool(pool)->id;
    change.alert.cause = cause;
    change.alert.course = {now, now, {}, now};
    change.alert.detail =
        collector::AlertDetail({change.alert.pool_id, pool, {{"site", "berlin"}}}, told);
    change.notice = policy::NoticeKind::kOpened;
    Commit(change);
    return change;
  }
  void Resolves(collector::AlertChange change) {
    change.alert.resolved_at = clock_.Now();
    change.notice = policy::NoticeKind::kResolved;
    Commit(change);
  }
  void Reminds(collector::AlertChange& change) {
    change.alert.course.noticed_at = clock_.Now();
    change.notice = policy::NoticeKind::kReminded;
    Commit(change);
  }
  void Commit(const collector::AlertChange& change) {
    const auto done = database_.alerts->CommitAlerts({&change, 1}, clock_.Now());
    ASSERT_TRUE(done) << done.error().message;
  }
  std::int64_t Silence(Seconds lasts) {
    const std::int64_t id = RandomId();
    EXPECT_TRUE(database_.alerts->SaveSilence(
        {id, R"({"pool":"fin*"})", clock_.Now(), clock_.Now() + lasts, "jane", "moving"}));
    return id;
  }
  std::vector<collector::Delivery> Deliveries() { return *database_.alerts->Deliveries({}); }
  std::string StateOf(const std::string& sink) {
    const auto sinks = desk_->Sinks();
    for (const SinkStatus& status : *sinks) {
      if (status.name == sink) return status.state + " " + status.why;
    }
    return "there is none";
  }

  agent::TempFolder directory_;
  collector::Database database_;
  ManualClock clock_{kStart};
  Log log_{Log::Level::kError, {}};
  PolicyNews news_;
  AlertConfig config_;
  std::unique_ptr<Desk> desk_;
};

}  // namespace vdiwatch::server::alert
