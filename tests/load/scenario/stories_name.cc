// Machines whose names change, are somebody else's, or are not theirs yet.
#include "tests/load/scenario/story.h"

namespace vdiwatch::sim {
namespace {

void Rename(Actor& actor, const std::string& name) {
  agent::RawClaims hardware = actor.machine->hardware();
  hardware.host_name = name;
  actor.machine->SetHardware(hardware);
}

// --- rename
// ---------------------------------------------------------------------------------------

constexpr int kRenameDay = 1, kSwapDay = 2, kReuseDay = 3;

Result<void> TakeNames(Cast& cast) {
  for (int i = 0; i < cast.seats(); ++i) cast.Add(cast.HostName(i), PersistentDesktop("4.44.3"));
  return {};
}

// A third gets new names; then two pairs swap theirs; then new machines take the names set free.
Result<void> GiveNames(Cast& cast, int day) {
  const int third = cast.seats() / 3;
  if (day == kRenameDay) {
    for (int i = 0; i < third; ++i) Rename(cast.actor(i), fmt::format("renamed-{:05}", i));
    cast.notes["renames"] += third;
  }
  if (day == kSwapDay) {
    for (int pair = 0; pair < 2; ++pair) {
      Actor& a = cast.actor(third + 2 * pair);
      Actor& b = cast.actor(third + 2 * pair + 1);
      const std::string name = a.machine->hardware().host_name;
      Rename(a, b.machine->hardware().host_name);
      Rename(b, name);
      cast.notes["renames"] += 2;
    }
  }
  if (day == kReuseDay) {
    for (int i = 0; i < third; ++i) cast.Add(cast.HostName(i), PersistentDesktop("4.44.3"));
    cast.notes["newcomers"] = third;
  }
  return {};
}

void OneDesktopWhateverItsName(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats() + cast.notes["newcomers"]);
  auto renamed = census.events.find("renamed");
  cast.protocol().Equal("renames seen", cast.notes["renames"],
                        renamed == census.events.end() ? 0 : renamed->second);
  cast.protocol().Equal("machines that were ever told another desktop", 0, cast.Moved());
}

// --- name-collision
// -------------------------------------------------------------------------------

constexpr int kTwinDay = 1, kSettledDay = 3;

// The second half has the names of the first, on machines of its own. Every other pair is reset at
// each boot.
Result<void> TwinNames(Cast& cast) {
  const int half = cast.seats() / 2;
  for (int i = 0; i < 2 * half; ++i) {
    Actor& actor =
        cast.Add(cast.HostName(i % half), i % 2 ? InstantClone() : PersistentDesktop("4.44.3"));
    actor.sleeps = i >= half;
  }
  return {};
}

Result<void> TwinsArrive(Cast& cast, int day) {
  const int half = cast.seats() / 2;
  for (int i = 0; i < 2 * half; ++i) {
    Actor& actor = cast.actor(i);
    if (day >= kTwinDay) actor.sleeps = false;
    if (i % half % 2 && day > 0) actor.machine->ReplaceDisk({});
    if (day == kSettledDay) actor.machine->ForgetDesktops();
  }
  return {};
}

void BothAreKept(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats() / 2 * 2);
  auto marked = census.duplicate.find("name_collision");
  cast.protocol().Equal("desktops with the finding name_collision", cast.seats() / 2 * 2,
                        marked == census.duplicate.end() ? 0 : marked->second);
  cast.protocol().Equal("machines that went from one desktop to another once it was settled", 0,
                        cast.Moved());
  cast.protocol().Equal("most enrolments of a machine in one boot", 1, MostEnrolmentsPerBoot(cast));
}

// --- template-name
// --------------------------------------------------------------------------------

Result<void> AllCalledTemplate(Cast& cast) {
  for (int i = 0; i < cast.seats(); ++i) cast.Add("template", PersistentDesktop("4.44.3"));
  return {};
}

// They have reported once under the template's name when they get their own and boot again.
Result<void> OwnNamesAtLast(Cast& cast, int day) {
  if (day != 0) return {};
  for (int i = 0; i < cast.seats(); ++i) {
    cast.actor(i).machine->ShutDown();
    Rename(cast.actor(i), cast.HostName(i));
    RETURN_IF_ERROR(cast.actor(i).machine->Boot());
  }
  return {};
}

void TemplateLeavesNothing(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  cast.protocol().AtMost("most enrolments of a machine in one boot", 1,
                         MostEnrolmentsPerBoot(cast));
}

constexpr Story kStories[] = {
    {"rename", "A third is renamed, pairs swap their names, new machines take the names set free",
     300, 5, 21, 5, TakeNames, GiveNames, nullptr, nullptr, OneDesktopWhateverItsName},
    {"name-collision", "Two machines of each name live side by side; every other pair is reset",
     200, 6, 20, 6, TwinNames, TwinsArrive, nullptr, nullptr, BothAreKept},
    {"template-name", "Clones boot and report under the template's name before they get their own",
     300, 3, 20, 3, AllCalledTemplate, nullptr, OwnNamesAtLast, nullptr, TemplateLeavesNothing},
};

}  // namespace

std::span<const Story> NameStories() { return kStories; }

}  // namespace vdiwatch::sim
