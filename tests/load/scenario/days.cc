#include "tests/load/scenario/days.h"

#include <algorithm>

namespace vdiwatch::sim {
namespace {

constexpr Time kMonday{Seconds(1'799'654'400)};  // 2027-01-11, a Monday
constexpr Seconds kHour{3600};
constexpr Seconds kOpening{8 * kHour};

// A pool is stale after three intervals; at night it takes longer than one to hear from a machine.
std::string PoolsOf(std::span<const Part> parts) {
  std::string yaml = "pools:\n";
  for (const auto& part : parts) {
    yaml += fmt::format("  - name: {}\n    stale_after: 12h\n", part.story->name);
  }
  return yaml;
}

// Checks in, and once more if nothing came back: this machine's own load must not fail a scenario.
Result<void> Report(Actor& actor) {
  auto result = actor.machine->CheckIn();
  bool again = result.problem && result.problem->kind == ErrorKind::kUnavailable;
  if (again) actor.machine->CheckIn();
  return {};
}

class Days {
 public:
  Days(std::span<const Part> parts, Protocol& protocol) : parts_(parts), protocol_(protocol) {}

  Result<void> Play() {
    ASSIGN_OR_RETURN(daemon_, OwnDaemon::Start({.pools = PoolsOf(parts_)}, clock_, log_));
    int days = 0;
    for (const auto& part : parts_) {
      RETURN_IF_ERROR(Prepare(part));
      days = std::max(days, part.days);
    }
    for (int day = 0; day < days; ++day) RETURN_IF_ERROR(PlayDay(day));
    return {};
  }

 private:
  Result<void> Prepare(const Part& part) {
    protocol_.Did(fmt::format("{}: {} machines, {} days. {}", part.story->name, part.seats,
                              part.days, part.story->what));
    auto cast = std::make_unique<Cast>(*daemon_, clock_, std::string(part.story->name), part.seats,
                                       protocol_);
    ASSIGN_OR_RETURN(std::string token, daemon_->Token(cast->pool()));
    cast->SetToken(std::move(token));
    casts_.push_back(std::move(cast));
    return part.story->prepare(*casts_.back());
  }

  Result<void> PlayDay(int day) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (day < parts_[i].days && parts_[i].story->morning) {
        RETURN_IF_ERROR(parts_[i].story->morning(*casts_[i], day));
      }
    }
    RETURN_IF_ERROR(Everybody(day, [](Actor& actor) -> Result<void> {
      if (actor.sleeps) return {};
      if (!actor.machine->on()) RETURN_IF_ERROR(actor.machine->Boot());
      return Report(actor);
    }));
    RETURN_IF_ERROR(Pass(4 * kHour));
    RETURN_IF_ERROR(Everybody(day, ReportIfOn));
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (day < parts_[i].days && parts_[i].story->noon) {
        RETURN_IF_ERROR(parts_[i].story->noon(*casts_[i], day));
      }
    }
    RETURN_IF_ERROR(Pass(kHour / 4));
    RETURN_IF_ERROR(Everybody(day, ReportIfOn));
    RETURN_IF_ERROR(Pass(4 * kHour));
    RETURN_IF_ERROR(Everybody(day, Evening));
    return Night(day);
  }

  static Result<void> ReportIfOn(Actor& actor) {
    return actor.machine->on() ? Report(actor) : Result<void>();
  }

  static Result<void> Evening(Actor& actor) {
    if (!actor.machine->on() || actor.stays_on) return ReportIfOn(actor);
    actor.cut ? actor.machine->PowerOff() : actor.machine->ShutDown();
    return {};
  }

  Result<void> Night(int day) {
    RETURN_IF_ERROR(Pass(8 * kHour));
    RETURN_IF_ERROR(Everybody(day, ReportIfOn));
    RETURN_IF_ERROR(daemon_->Sweep());
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Story& story = *parts_[i].story;
      bool last = day + 1 == parts_[i].days;
      if (day >= parts_[i].days || (!last && !story.night)) continue;
      protocol_.SetScope(parts_.size() > 1 ? std::string(story.name) : "");
      ASSIGN_OR_RETURN(Census census, casts_[i]->Count());
      if (story.night) story.night(*casts_[i], census, day);
      if (last) story.end(*casts_[i], census);
    }
    protocol_.SetScope("");
    return Pass(24 * kHour - (16 * kHour + kHour / 4));
  }

  // Everybody whose story goes on today.
  Result<void> Everybody(int day, const std::function<Result<void>(Actor&)>& work) {
    std::vector<Actor*> actors;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (day >= parts_[i].days) continue;
      for (auto& actor : casts_[i]->actors()) actors.push_back(&actor);
    }
    return ForEach(actors, work);
  }

  Result<void> Pass(Seconds time) {
    RETURN_IF_ERROR(daemon_->Sweep());
    clock_.Advance(time);
    return daemon_->Sweep();
  }

  const std::span<const Part> parts_;
  Protocol& protocol_;
  ManualClock clock_{kMonday + kOpening};
  Log log_{Log::Level::kError};
  std::unique_ptr<OwnDaemon> daemon_;
  std::vector<std::unique_ptr<Cast>> casts_;
};

}  // namespace

Result<void> PlayDays(std::span<const Part> parts, Protocol& protocol) {
  return Days(parts, protocol).Play();
}

}  // namespace vdiwatch::sim
