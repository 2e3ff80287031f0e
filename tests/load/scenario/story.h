#pragma once

#include <span>
#include <string_view>

#include "tests/load/scenario/cast.h"

namespace vdiwatch::sim {

// A scenario that is told in days: what the machines of one pool go through, and what must hold.
// Every day they boot at eight, report three times, and are shut down in the evening.
struct Story {
  std::string_view name;
  std::string_view what;
  int seats, days;          // in full
  int few_seats, few_days;  // for a test of seconds
  Result<void> (*prepare)(Cast&);
  Result<void> (*morning)(Cast&, int day);       // before anybody boots; may be none
  Result<void> (*noon)(Cast&, int day);          // between two check-ins; may be none
  void (*night)(Cast&, const Census&, int day);  // looks around at midnight; may be none
  void (*end)(Cast&, const Census&);             // the end state
};
std::span<const Story> Stories();

// In the order of their files.
std::span<const Story> ResetStories();
std::span<const Story> CloneStories();
std::span<const Story> NameStories();
std::span<const Story> RoutineStories();

// What holds at the end of every story: one desktop for each machine and none for nobody.
void ExpectOneDesktopEach(Cast& cast, const Census& census, std::int64_t machines);

// What the agent reads on the machines of the stories.
agent::Observation InstantClone();
agent::Observation PersistentDesktop(std::string_view docker);

// The most that one of `actors` has made keys for: its boots, where each boot brings a new one.
std::int64_t MostEnrolmentsPerBoot(Cast& cast);

}  // namespace vdiwatch::sim
