// Machines that are copies of each other: of a disk, of running memory, of what names them.
#include "tests/load/scenario/story.h"

namespace vdiwatch::sim {
namespace {

// How many of the pool's desktops are marked so.
std::int64_t Marked(const Census& census, const char* duplicate) {
  auto found = census.duplicate.find(duplicate);
  return found == census.duplicate.end() ? 0 : found->second;
}

// --- unsealed-image
// -------------------------------------------------------------------------------

// The image was made on a machine whose agent had enrolled; nobody sealed it. That machine stays
// what it is: one more desktop.
Result<void> ForgetToSeal(Cast& cast) {
  Actor& golden = cast.Add("golden-image", InstantClone());
  RETURN_IF_ERROR(golden.machine->Boot());
  (void)golden.machine->CheckIn();
  golden.machine->ShutDown();
  golden.sleeps = true;
  cast.disks["image"] = golden.machine->Disk();
  for (int i = 0; i < cast.seats(); ++i) cast.Add(cast.HostName(i), InstantClone());
  return {};
}

Result<void> BootFromImage(Cast& cast, int) {
  for (auto& actor : cast.actors()) {
    if (!actor.sleeps) actor.machine->ReplaceDisk(cast.disks.at("image"));
  }
  return {};
}

void FoundCloned(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats() + 1);
  cast.protocol().AtLeast("desktops with the finding cloned_identity", cast.seats(),
                          Marked(census, "cloned_identity"));
  cast.protocol().Equal("most enrolments of a machine in one boot", 1, MostEnrolmentsPerBoot(cast));
  cast.protocol().Figure("the pool's grades", census.grades_of_pool);
  cast.protocol().AtMost("transitions of the pool", 1, census.transitions);
}

// --- forked-memory
// --------------------------------------------------------------------------------

Result<void> ParentAndForks(Cast& cast) {
  for (int i = 0; i < cast.seats(); ++i) cast.Add(cast.HostName(i), InstantClone());
  Actor& parent = cast.actor(0);
  parent.stays_on = true;
  RETURN_IF_ERROR(parent.machine->Boot());
  (void)parent.machine->CheckIn();
  return {};
}

Result<void> ForkAll(Cast& cast, int) {
  for (int i = 1; i < cast.seats(); ++i) {
    RETURN_IF_ERROR(cast.actor(i).machine->ForkFrom(*cast.actor(0).machine));
  }
  return {};
}

void ForksApart(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  cast.protocol().Equal("machines that were ever told another desktop", 0, cast.Moved());
  cast.protocol().Equal("most enrolments of a machine in one boot", 1, MostEnrolmentsPerBoot(cast));
}

// --- shared-uuid
// ----------------------------------------------------------------------------------

Result<void> OneUuidForAll(Cast& cast) {
  for (int i = 0; i < cast.seats(); ++i) {
    Actor& actor = cast.Add(cast.HostName(i), i % 2 ? InstantClone() : PersistentDesktop("4.44.3"));
    agent::RawClaims hardware = actor.machine->hardware();
    hardware.smbios_uuid = UuidFor(cast.pool());
    actor.machine->SetHardware(hardware);
  }
  return {};
}

Result<void> ResetEveryOther(Cast& cast, int) {
  for (int i = 1; i < cast.seats(); i += 2) cast.actor(i).machine->ReplaceDisk({});
  return {};
}

void UuidTellsNobodyApart(Cast& cast, const Census& census) {
  ExpectOneDesktopEach(cast, census, cast.seats());
  cast.protocol().Equal("machines that were ever told another desktop", 0, cast.Moved());
  cast.protocol().Equal("desktops with the finding shared_uuid", cast.seats(),
                        Marked(census, "shared_uuid"));
}

// --- stolen-token
// ---------------------------------------------------------------------------------

constexpr int kTheftDay = 1, kRevocationDay = 2;

// A token for exactly this many desktops. Half as many strangers hold it: some with names of their
// own, some with the names of desktops that are there.
Result<void> TokenForAll(Cast& cast) {
  ASSIGN_OR_RETURN(std::string token, cast.daemon().Token(cast.pool(), cast.seats()));
  cast.SetToken(token);
  for (int i = 0; i < cast.seats(); ++i) {
    cast.Add(cast.HostName(i), PersistentDesktop("4.44.3")).stays_on = true;
  }
  for (int i = 0; i < cast.seats() / 2; ++i) {
    bool named = i % 2 == 0;
    Actor& thief = cast.Add(named ? cast.HostName(i) : fmt::format("thief-{}", i), InstantClone());
    thief.stranger = thief.sleeps = true;
  }
  // One more holds a token that is for another network.
  ASSIGN_OR_RETURN(std::string elsewhere, cast.daemon().Token(cast.pool(), 0, "10.0.0.0/8"));
  Actor& outside = cast.Add("outside", InstantClone());
  outside.machine->SetToken(elsewhere);
  outside.stranger = outside.sleeps = true;
  return {};
}

Result<void> RevokeIt(Cast& cast, int day) {
  if (day != kRevocationDay) return {};
  ASSIGN_OR_RETURN(auto tokens, cast.daemon().database().store->EnrolTokens());
  ASSIGN_OR_RETURN(auto pool, cast.daemon().database().store->EnsurePool(cast.pool()));
  for (auto& token : tokens) {
    if (token.pool_id != pool.id) continue;
    token.revoked = true;
    RETURN_IF_ERROR(cast.daemon().database().store->SaveEnrolToken(token));
  }
  return {};
}

Result<void> StrangersCome(Cast& cast, int day) {
  if (day < kTheftDay) return {};
  for (auto& actor : cast.actors()) {
    if (!actor.stranger) continue;
    RETURN_IF_ERROR(actor.machine->Boot());
    actor.machine->CheckIn();
    if (actor.machine->diary().reported && day >= kRevocationDay) ++cast.notes["after revocation"];
    actor.machine->PowerOff();
  }
  return {};
}

void TokenHeld(Cast& cast, const Census& census) {
  cast.protocol().AtMost("desktops by a token for that many", cast.seats(), census.desktops);
  cast.protocol().Equal("merged (desktops with two machines)", 0, census.merged);
  cast.protocol().Equal("machines of the site whose newest check-in failed", 0, cast.Silent());
  cast.protocol().Equal("machines of the site that were ever told another desktop", 0,
                        cast.Moved());
  std::int64_t outside = 0;
  for (const auto& actor : cast.actors()) {
    const auto& hardware = actor.machine->hardware();
    if (hardware.host_name == "outside") outside += actor.machine->diary().desktops.empty() ? 0 : 1;
  }
  cast.protocol().Equal("strangers let in from outside the token's network", 0, outside);
}

constexpr Story kStories[] = {
    {"unsealed-image", "Every boot starts from an image that carries the key of its agent", 500, 3,
     20, 2, ForgetToSeal, BootFromImage, nullptr, nullptr, FoundCloned},
    {"forked-memory", "Instant clones fork the memory of a running agent", 500, 3, 20, 2,
     ParentAndForks, ForkAll, nullptr, nullptr, ForksApart},
    {"shared-uuid", "The hypervisor gives one SMBIOS UUID to all; half of them are reset at boot",
     300, 4, 20, 3, OneUuidForAll, ResetEveryOther, nullptr, nullptr, UuidTellsNobodyApart},
    {"stolen-token", "Strangers hold the pool's token: new names, known names, a foreign network",
     200, 4, 16, 4, TokenForAll, RevokeIt, StrangersCome, nullptr, TokenHeld},
};

}  // namespace

std::span<const Story> CloneStories() { return kStories; }

}  // namespace vdiwatch::sim
