// Machines to which nothing happens but nights, weekends and wrong clocks.
#include "tests/load/scenario/story.h"

namespace vdiwatch::sim {
namespace {

Result<void> Dedicated(Cast& cast) {
  for (int i = 0; i < cast.seats(); ++i) cast.Add(cast.HostName(i), PersistentDesktop("4.44.3"));
  return {};
}

// After three boots persistence is observed, and grades have settled.
constexpr int kSettled = 3;

void NothingMoves(Cast& cast, const Census& census, int day) {
  if (day < kSettled) return;
  std::string grades;
  for (const auto& [grade, count] : census.grades) grades += fmt::format("{}{} ", grade, count);
  auto key = fmt::format("grades {}", grades);
  cast.notes[key] = 1;
  cast.notes["stale"] += census.stale;
  cast.notes["silent"] += cast.Silent();
  if (day == kSettled) cast.notes["transitions"] = census.transitions;
}

std::int64_t DifferentGrades(const Cast& cast) {
  std::int64_t different = 0;
  for (const auto& [key, value] : cast.notes) different += key.starts_with("grades ") ? value : 0;
  return different;
}

void ExpectQuiet(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  Protocol& protocol = cast.protocol();
  protocol.Equal("stale desktops, over all nights", 0, cast.notes["stale"]);
  protocol.Equal("different counts of grades, over all nights", 1, DifferentGrades(cast));
  protocol.Equal("transitions of the pool once it had settled", 0,
                 census.transitions - cast.notes["transitions"]);
  protocol.Equal("machines that were ever told another desktop", 0, cast.Moved());
}

// --- powered-off
// ----------------------------------------------------------------------------------

constexpr int kWeek = 7, kSaturday = 5;

// Four of five are off at night, nearly all over the weekend, and some are away for days.
Result<void> Nights(Cast& cast, int day) {
  for (int i = 0; i < cast.seats(); ++i) {
    Actor& actor = cast.actor(i);
    actor.stays_on = i % 5 == 0;
    actor.sleeps = i % 5 != 0 && (day % kWeek >= kSaturday || (day > 2 && cast.Chance(0.1)));
  }
  return {};
}

// --- clock-skew
// -----------------------------------------------------------------------------------

constexpr int kWrongFrom = 4, kRightFrom = 12;
constexpr Seconds kWrongBy{2 * 86'400};

// From one day on, clocks are two days off, ahead or behind; half of the machines never reboot.
Result<void> WrongClocks(Cast& cast, int day) {
  for (int i = 0; i < cast.seats(); ++i) {
    Actor& actor = cast.actor(i);
    actor.stays_on = day >= kSettled && i % 4 < 2;
    if (day == kWrongFrom) actor.machine->clock().SetOff(i % 2 ? kWrongBy : -kWrongBy);
    if (day == kRightFrom) actor.machine->clock().SetOff(Seconds(0));
  }
  return {};
}

void ClocksDoNotMatter(Cast& cast, const Census& census) {
  ExpectQuiet(cast, census);
  cast.protocol().Equal("check-ins that failed, over all nights", 0, cast.notes["silent"]);
  cast.protocol().Equal("most enrolments of a machine in one boot", 1, MostEnrolmentsPerBoot(cast));
}

constexpr Story kStories[] = {
    {"powered-off", "Most of the pool is off at night, nearly all of it over the weekend", 300, 12,
     20, 9, Dedicated, Nights, nullptr, NothingMoves, ExpectQuiet},
    {"clock-skew", "Clocks are two days ahead or behind for a week, on machines that slept or not",
     300, 16, 20, 16, Dedicated, WrongClocks, nullptr, NothingMoves, ClocksDoNotMatter},
};

}  // namespace

std::span<const Story> RoutineStories() { return kStories; }

}  // namespace vdiwatch::sim
