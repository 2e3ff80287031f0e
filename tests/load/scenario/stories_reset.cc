// Machines that lose their disk: at every boot, now and then, all at once.
#include "tests/load/scenario/story.h"

namespace vdiwatch::sim {
namespace {

Result<void> Instant(Cast& cast) {
  for (int i = 0; i < cast.seats(); ++i) cast.Add(cast.HostName(i), InstantClone());
  return {};
}

Result<void> Persistent(Cast& cast) {
  for (int i = 0; i < cast.seats(); ++i) cast.Add(cast.HostName(i), PersistentDesktop("4.44.3"));
  return {};
}

// --- non-persistent
// -------------------------------------------------------------------------------

Result<void> ResetAll(Cast& cast, int) {
  for (auto& actor : cast.actors()) {
    actor.machine->ReplaceDisk({});
    actor.cut = cast.Chance(0.2);
  }
  return {};
}

void SeenWithinThreeBoots(Cast& cast, const Census& census, int day) {
  if (day != 2) return;
  auto seen = census.observed.find("non_persistent");
  cast.protocol().Equal("observed non-persistent after three boots", cast.seats(),
                        seen == census.observed.end() ? 0 : seen->second);
}

std::int64_t TokenUses(Cast& cast) {
  auto tokens = cast.daemon().database().store->EnrolTokens();
  auto pool = cast.daemon().database().store->EnsurePool(cast.pool());
  if (!tokens || !pool) return -1;
  std::int64_t uses = 0;
  for (const auto& token : *tokens) uses += token.pool_id == pool->id ? token.uses : 0;
  return uses;
}

void AllNonPersistent(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  auto seen = census.observed.find("non_persistent");
  cast.protocol().Equal("observed non-persistent at the end", cast.seats(),
                        seen == census.observed.end() ? 0 : seen->second);
  cast.protocol().Equal("machines that were ever told another desktop", 0, cast.Moved());
  cast.protocol().Equal("most enrolments of a machine in one boot", 1, MostEnrolmentsPerBoot(cast));
  cast.protocol().Equal("uses of the token", cast.seats(), TokenUses(cast));
}

// --- persistent-rebuilds
// --------------------------------------------------------------------------

constexpr int kWeek = 7, kSnapshotDay = 2, kRepairDay = 6;

// Two in a hundred a week: every other one is rebuilt, the others go back to a snapshot.
Result<void> RepairSome(Cast& cast, int day) {
  if (day % kWeek == kSnapshotDay) {
    for (auto& actor : cast.actors()) {
      cast.disks[actor.machine->hardware().host_name] = actor.machine->Disk();
    }
  }
  if (day % kWeek != kRepairDay) return {};
  int repairs = std::max(2, cast.seats() * 2 / 100);
  for (int i = 0; i < repairs; ++i) {
    SimMachine& machine = *cast.actor((day / kWeek * repairs + i) % cast.seats()).machine;
    bool rebuilt = i % 2 == 0;
    machine.ReplaceDisk(rebuilt ? SystemDisk{} : cast.disks.at(machine.hardware().host_name));
    ++cast.notes[rebuilt ? "rebuilt" : "restored"];
  }
  return {};
}

void NeverCalledNonPersistent(Cast& cast, const Census& census, int) {
  auto called = census.observed.find("non_persistent");
  if (called != census.observed.end()) cast.notes["called"] += called->second;
}

void RebuildsSeen(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  auto of = [&](const auto& counts, const char* key) {
    auto found = counts.find(key);
    return found == counts.end() ? std::int64_t{0} : found->second;
  };
  cast.protocol().Equal("nights on which a desktop was called non-persistent", 0,
                        cast.notes["called"]);
  cast.protocol().Equal("observed persistent at the end", cast.seats(),
                        of(census.observed, "persistent"));
  cast.protocol().Equal("restores from a snapshot recognised", cast.notes["restored"],
                        of(census.events, "restored"));
  cast.protocol().Equal("rebuilds seen as one reset each", cast.notes["rebuilt"],
                        of(census.events, "reset"));
  cast.protocol().Equal("machines that were ever told another desktop", 0, cast.Moved());
}

// --- image-update
// ---------------------------------------------------------------------------------

constexpr int kRecomposeDay = 4;

Result<void> RecomposeOnce(Cast& cast, int day) {
  if (day != kRecomposeDay) return {};
  for (auto& actor : cast.actors()) {
    actor.machine->ReplaceDisk({});
    actor.machine->SetLook(PersistentDesktop("4.45.0"));
  }
  return {};
}

void RememberTransitions(Cast& cast, const Census& census, int day) {
  if (day == kRecomposeDay - 1) cast.notes["transitions"] = census.transitions;
}

void RecomposedOnce(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  auto persistent = census.observed.find("persistent");
  cast.protocol().Equal("observed persistent at the end", cast.seats(),
                        persistent == census.observed.end() ? 0 : persistent->second);
  cast.protocol().Equal("transitions of the pool by the update", 0,
                        census.transitions - cast.notes["transitions"]);
  cast.protocol().Equal("machines that were ever told another desktop", 0, cast.Moved());
}

// --- recreated-with-new-uuid
// ----------------------------------------------------------------------

void Recreate(Cast& cast, Actor& actor, int time) {
  const std::string name = actor.machine->hardware().host_name;
  actor.machine->ReplaceDisk({});
  actor.machine->SetHardware(
      cast.Hardware(name, fmt::format("{} {} again {}", cast.pool(), name, time)));
}

Result<void> RecreateAll(Cast& cast, int day) {
  for (auto& actor : cast.actors()) {
    Recreate(cast, actor, 2 * day);
    actor.cut = cast.Chance(0.3);
  }
  return {};
}

// A third is deleted and made again over noon, while the earlier one was heard just before.
Result<void> RecreateSome(Cast& cast, int day) {
  for (int i = 0; i < cast.seats(); i += 3) {
    Recreate(cast, cast.actor(i), 2 * day + 1);
    RETURN_IF_ERROR(cast.actor(i).machine->Boot());
  }
  return {};
}

void SameSeats(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  cast.protocol().Equal("machines that were ever told another desktop", 0, cast.Moved());
  cast.protocol().Equal("most enrolments of a machine in one boot", 1, MostEnrolmentsPerBoot(cast));
}

// --- profile-container
// ----------------------------------------------------------------------------

// The key lives where the write filter lets it live on; the system disk does not. In every fifth
// machine it lives in the container of a user, who is at another machine every day.
Result<void> KeepKeysOnly(Cast& cast, int day) {
  std::vector<SimMachine*> roaming;
  std::vector<agent::CoreMemory> containers;
  for (int i = 0; i < cast.seats(); ++i) {
    SimMachine& machine = *cast.actor(i).machine;
    SystemDisk disk = machine.Disk();
    disk.canary.reset();
    if (i % 5 == 0) {
      roaming.push_back(&machine);
      containers.push_back(disk.memory);
    }
    machine.ReplaceDisk(std::move(disk));
  }
  for (std::size_t i = 0; day > 0 && i < roaming.size(); ++i) {
    roaming[i]->ReplaceDisk({.memory = containers[(i + 1) % containers.size()], .canary = {}});
  }
  return {};
}

void ContainersDoNotPersistMachines(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  auto seen = census.observed.find("non_persistent");
  cast.protocol().Equal("observed non-persistent at the end", cast.seats(),
                        seen == census.observed.end() ? 0 : seen->second);
  cast.protocol().Equal("most enrolments of a machine in one boot", 1, MostEnrolmentsPerBoot(cast));
}

constexpr Story kStories[] = {
    {"non-persistent", "Every boot starts from the sealed image again; one in five loses its power",
     500, 30, 20, 4, Instant, ResetAll, nullptr, SeenWithinThreeBoots, AllNonPersistent},
    {"persistent-rebuilds",
     "Two in a hundred a week are rebuilt or go back to a snapshot; certificates are renewed", 500,
     28, 20, 15, Persistent, RepairSome, nullptr, NeverCalledNonPersistent, RebuildsSeen},
    {"image-update", "A persistent pool is recomposed once, all of it", 300, 8, 20, 7, Persistent,
     RecomposeOnce, nullptr, RememberTransitions, RecomposedOnce},
    {"recreated-with-new-uuid",
     "Machines are deleted and made again under their names, with new UUIDs and network cards", 300,
     6, 21, 3, Instant, RecreateAll, RecreateSome, nullptr, SameSeats},
    {"profile-container", "The agent's key survives resets, in a user's container or beside it",
     300, 6, 20, 4, Instant, KeepKeysOnly, nullptr, nullptr, ContainersDoNotPersistMachines},
};

}  // namespace

std::span<const Story> ResetStories() { return kStories; }

}  // namespace vdiwatch::sim
