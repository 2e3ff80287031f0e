#include "tests/bench/pages/check_ins.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/bench/pages/fleet_fill.h"

namespace vdiwatch::bench {
namespace {

using collector::Presence;

constexpr std::size_t kChanges = 64, kTouches = 278;
constexpr auto kEvery = std::chrono::milliseconds(250);

void Must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

}  // namespace

CheckIns::CheckIns(const collector::Database& database) : database_(database) {
  Load();
  thread_ = std::thread([this] { Run(); });
}

CheckIns::~CheckIns() {
  ends_ = true;
  thread_.join();
}

void CheckIns::Load() {
  collector::DesktopFilter filter;
  filter.reporting = true;
  filter.limit = 2000;
  const auto page = database_.reader->Desktops(filter);
  if (!page) std::exit(1);
  for (const collector::DesktopSummary& summary : *page) {
    const auto incarnations = database_.reader->IncarnationsOf(summary.desktop.id);
    if (!incarnations || incarnations->empty()) std::exit(1);
    desktops_.push_back(summary.desktop);
    incarnations_.push_back(incarnations->front());
  }
}

void CheckIns::Run() {
  std::size_t at = 0;
  for (auto next = std::chrono::steady_clock::now(); !ends_; next += kEvery) {
    std::this_thread::sleep_until(next);
    collector::Changes changes;
    changes.at = kNow;
    std::vector<collector::Touch> touches;
    for (std::size_t i = 0; i < kChanges + kTouches; ++i, ++at) {
      collector::Desktop& desktop = desktops_[at % desktops_.size()];
      collector::Incarnation& incarnation = incarnations_[at % desktops_.size()];
      ++incarnation.sequence;
      if (i >= kChanges) {
        touches.push_back({incarnation.id, desktop.id, incarnation.sequence, kNow});
        continue;
      }
      desktop.presence = desktop.presence == Presence::kLive ? Presence::kOff : Presence::kLive;
      changes.desktops.push_back(desktop);
      changes.incarnations.push_back(incarnation);
    }
    Must(database_.store->Commit(changes));
    Must(database_.store->TouchAll(touches));
  }
}

}  // namespace vdiwatch::bench
