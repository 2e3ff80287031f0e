#include "tests/collector/identify_cases.h"

namespace vdiwatch::collector {
namespace {

using enum Identification;

constexpr std::int64_t kPool = 1;
constexpr std::int64_t kOtherPool = 2;
const Time kNow = FromUnix(1'800'000'000);
const Time kSilentBefore = kNow - Seconds(1800);
const Time kLongAgo = kNow - Seconds(7200);
const char* const kUuid1 = "4c4c4544-0042-3510-8054-b2c04f4e3731";
const char* const kUuid2 = "4c4c4544-0042-3510-8054-b2c04f4e3732";
const char* const kNoUuid = "00000000-0000-0000-0000-000000000000";

Claims Machine(std::string host, std::string uuid, std::vector<std::string> cards = {}) {
  Claims claims;
  claims.host_name = std::move(host);
  claims.domain = "corp.example";
  claims.smbios_uuid = std::move(uuid);
  claims.mac_digests = std::move(cards);
  return claims;
}

// The machine that the cases are about, and one that has nothing in common with it.
Claims One() { return Machine("fin-01", kUuid1, {"m1"}); }
Claims Two(std::string host = "fin-01") { return Machine(std::move(host), kUuid2, {"m2"}); }

Incarnation Speaking(const Claims& claims, std::string boot_id, Time last_seen,
                     IncarnationState state = IncarnationState::kLive) {
  Incarnation incarnation;
  incarnation.id = 11;
  incarnation.desktop_id = 7;
  incarnation.state = state;
  incarnation.claims = claims;
  incarnation.boot_id = std::move(boot_id);
  incarnation.last_seen = last_seen;
  return incarnation;
}

Candidate Seat(const Claims& claims, std::vector<Incarnation> incarnations,
               std::int64_t pool = kPool, std::int64_t id = 7) {
  Candidate candidate;
  candidate.desktop.id = id;
  candidate.desktop.pool_id = pool;
  candidate.desktop.claims = claims;
  candidate.desktop.slot = SlotOf(claims);
  candidate.desktop.last_seen = incarnations.empty() ? kLongAgo : incarnations.back().last_seen;
  candidate.incarnations = std::move(incarnations);
  return candidate;
}

// The usual seat: fin-01, spoken for by one live incarnation.
Candidate LiveSeat(Time last_seen = kNow) {
  return Seat(One(), {Speaking(One(), "boot-1", last_seen)});
}

Newcomer From(Claims claims) {
  return {.claims = std::move(claims),
          .boot_id = "boot-2",
          .pool_id = kPool,
          .replaces = {},
          .silent_before = kSilentBefore};
}

Identified Enrols(Claims claims, const std::vector<Candidate>& candidates) {
  return IdentifyEnrolment(From(std::move(claims)), candidates);
}

Identified ChecksIn(const Claims& before, const Claims& now, const char* boot) {
  return IdentifyCheckIn(Speaking(before, "boot-1", kNow), now, boot);
}

Identified Moves(std::int64_t boots_survived, Claims claims,
                 const std::vector<Candidate>& candidates) {
  Candidate own = Seat(Machine("template", kUuid2, {"m2"}), {}, kPool, 9);
  own.desktop.boots.survived = boots_survived;
  return IdentifyMove(own.desktop, From(std::move(claims)), candidates);
}

std::vector<IdentifyCase> Enrolments() {
  return {
      {"enrol-first", "enrolment", "any claims", "no desktop with its slot, UUID or cloud id", kNew,
       "a desktop is made; the token has one use less", [] { return Enrols(One(), {}); }},
      {"enrol-reset", "enrolment", "name, UUID and network card of a desktop, a new key",
       "its incarnation was heard a minute ago", kSuccessor,
       "same desktop at once; the earlier incarnation is superseded",
       [] { return Enrols(One(), {LiveSeat()}); }},
      {"enrol-reset-bare", "enrolment", "name and a network card, no UUID",
       "the same card, heard a minute ago", kSuccessor, "same desktop at once",
       [] {
         Claims bare = Machine("fin-01", "", {"m1"});
         return Enrols(bare, {Seat(bare, {Speaking(bare, "boot-1", kNow)})});
       }},
      {"enrol-silent", "enrolment", "a known name, another UUID",
       "the slot's incarnation has been silent for two intervals", kSuccessor,
       "same desktop: its machine was recreated",
       [] { return Enrols(Two(), {LiveSeat(kLongAgo)}); }},
      {"enrol-over", "enrolment", "a known name, another UUID",
       "nobody speaks for the slot (superseded, cloned or revoked)", kSuccessor, "same desktop",
       [] { return Enrols(Two(), {Seat(One(), {})}); }},
      {"enrol-off", "enrolment", "a known name, another UUID",
       "the slot's incarnation said goodbye", kSuccessor, "same desktop at once",
       [] {
         Candidate off = LiveSeat();
         off.desktop.presence = Presence::kOff;
         return Enrols(Two(), {off});
       }},
      {"enrol-off-by-another", "enrolment", "a known name, another UUID",
       "a challenger of the slot said goodbye, its owner spoke before and did not", kProvisional,
       "a goodbye is good for whoever said it",
       [] {
         Candidate off =
             Seat(One(), {Speaking(One(), "boot-1", kNow - Seconds(60)),
                          Speaking(Two(), "boot-9", kNow, IncarnationState::kProvisional)});
         off.desktop.presence = Presence::kOff;
         return Enrols(Machine("fin-01", "", {"m3"}), {off});
       }},
      {"enrol-takeover", "enrolment", "a known name, another UUID",
       "the slot's incarnation was heard within two intervals", kProvisional,
       "same desktop until the earlier incarnation speaks (then *name collision*) or has been "
       "silent for two intervals (then *successor*)",
       [] { return Enrols(Two(), {LiveSeat()}); }},
      {"enrol-same-uuid-other-card", "enrolment", "a known name and UUID, another network card",
       "the slot's incarnation was heard within two intervals", kProvisional,
       "hypervisors copy UUIDs: not at once",
       [] { return Enrols(Machine("fin-01", kUuid1, {"m2"}), {LiveSeat()}); }},
      {"enrol-placeholder-uuid", "enrolment", "a known name and a UUID of zeros",
       "the same, heard within two intervals", kProvisional, "a placeholder is no evidence",
       [] {
         Claims zeros = Machine("fin-01", kNoUuid);
         return Enrols(zeros, {Seat(zeros, {Speaking(zeros, "boot-1", kNow)})});
       }},
      {"enrol-third", "enrolment", "a known name, a third UUID",
       "the slot is challenged by a second machine already", kNameCollision,
       "a desktop of its own at once: somebody is one too many",
       [] {
         return Enrols(
             Machine("fin-01", "", {"m3"}),
             {Seat(One(), {Speaking(One(), "boot-1", kNow),
                           Speaking(Two(), "boot-9", kNow, IncarnationState::kProvisional)})});
       }},
      {"enrol-challenger-again", "enrolment", "name and UUID of the slot's challenger, a new key",
       "the slot's owner was heard within two intervals", kProvisional,
       "its own earlier claim is superseded, the owner still decides",
       [] {
         return Enrols(
             Two(),
             {Seat(One(), {Speaking(One(), "boot-1", kNow),
                           Speaking(Two(), "boot-9", kNow, IncarnationState::kProvisional)})});
       }},
      {"enrol-ousted", "enrolment",
       "a known name and UUID; was told to give up a key of that desktop, in this very boot",
       "another boot speaks for the desktop now", kNameCollision,
       "it never went away, so two machines share name and UUID: a desktop of its own",
       [] {
         Newcomer ousted = From(Machine("fin-01", kUuid1));
         ousted.replaces =
             Speaking(ousted.claims, ousted.boot_id, kNow, IncarnationState::kSuperseded);
         return IdentifyEnrolment(ousted,
                                  {Seat(ousted.claims, {Speaking(ousted.claims, "boot-1", kNow)})});
       }},
      {"enrol-among-several", "enrolment", "name, UUID and card of one of two colliding desktops",
       "both were heard a minute ago", kSuccessor, "its own desktop, not the one seen last",
       [] {
         Candidate other = Seat(Two(), {Speaking(Two(), "boot-9", kNow)}, kPool, 8);
         return Enrols(One(), {other, LiveSeat()});
       }},
      {"enrol-other-name", "enrolment", "a new name; UUID and network card of one desktop",
       "that desktop, in the same pool", kSuccessor,
       "same desktop under its new name: it was renamed and reset at once",
       [] { return Enrols(Machine("fin-77", kUuid1, {"m1"}), {LiveSeat()}); }},
      {"enrol-other-name-uuid-alone", "enrolment", "a new name; the UUID of a desktop",
       "that desktop, with another network card", kNew,
       "both are marked `shared_uuid` while both report",
       [] { return Enrols(Machine("fin-77", kUuid1, {"m9"}), {LiveSeat()}); }},
      {"enrol-other-pool", "enrolment", "a known name",
       "a live desktop of another pool than the token's", kNameCollision,
       "a desktop of its own: a token takes nothing from another pool",
       [] { return Enrols(One(), {Seat(One(), {Speaking(One(), "boot-1", kNow)}, kOtherPool)}); }},
      {"enrol-moved-pool", "enrolment", "a known name",
       "a silent desktop of another pool than the token's", kNew,
       "a desktop of its own; the other one retires in its pool's time",
       [] {
         return Enrols(One(), {Seat(One(), {Speaking(One(), "boot-1", kLongAgo)}, kOtherPool)});
       }},
  };
}

std::vector<IdentifyCase> CheckIns() {
  return {
      {"check-in-same", "check-in", "what it said before", "the same boot", kSame, "nothing",
       [] { return ChecksIn(One(), One(), "boot-1"); }},
      {"check-in-boot", "check-in", "what it said before", "another boot", kSame,
       "the boot is counted", [] { return ChecksIn(One(), One(), "boot-2"); }},
      {"check-in-renamed", "check-in", "another name, the same UUID and card", "any boot", kRenamed,
       "same desktop; see *new name* where somebody has that name",
       [] { return ChecksIn(One(), Machine("fin-99", kUuid1, {"m1"}), "boot-1"); }},
      {"check-in-renamed-bare", "check-in", "another name, a card it had, no UUID", "any boot",
       kRenamed, "same desktop",
       [] {
         return ChecksIn(Machine("fin-01", "", {"m1"}), Machine("fin-99", "", {"m1", "m2"}),
                         "boot-2");
       }},
      {"check-in-new-uuid", "check-in", "the same name, another UUID", "another boot", kSame,
       "its disk moved to another virtual machine",
       [] { return ChecksIn(One(), Machine("fin-01", kUuid2, {"m2"}), "boot-2"); }},
      {"check-in-clone", "check-in", "another name, another UUID", "another boot", kClonedIdentity,
       "whoever holds the key is told to enrol anew",
       [] { return ChecksIn(One(), Two("fin-02"), "boot-2"); }},
      {"check-in-clone-bare", "check-in", "another name, other cards, no UUID", "another boot",
       kClonedIdentity, "the same",
       [] {
         return ChecksIn(Machine("fin-01", "", {"m1"}), Machine("fin-02", "", {"m2"}), "boot-2");
       }},
      {"check-in-clone-copied-uuid", "check-in", "another name, other cards, the same UUID",
       "another boot", kClonedIdentity, "hypervisors copy UUIDs",
       [] { return ChecksIn(One(), Machine("fin-02", kUuid1, {"m2"}), "boot-2"); }},
      {"check-in-clone-same-name", "check-in", "what it said before",
       "a boot that this incarnation had left", kClonedIdentity,
       "two machines hold the key and go by one name, or memory was put back",
       [] {
         Incarnation speaking = Speaking(One(), "boot-2", kNow);
         speaking.past_boots = RememberBoot("", "boot-1");
         return IdentifyCheckIn(speaking, One(), "boot-1");
       }},
      {"check-in-fork-uuid", "check-in", "another UUID", "the same boot", kClonedIdentity,
       "running memory was forked",
       [] { return ChecksIn(One(), Machine("fin-01", kUuid2, {"m1"}), "boot-1"); }},
      {"check-in-fork-generation", "check-in", "another VM generation id", "the same boot",
       kClonedIdentity, "the same",
       [] {
         Claims before = One(), now = One();
         before.vm_generation_id = "g1";
         now.vm_generation_id = "g2";
         return ChecksIn(before, now, "boot-1");
       }},
  };
}

std::vector<IdentifyCase> NewNames() {
  return {
      {"move-free", "new name", "a name that no desktop of the pool has", "nobody there", kRenamed,
       "same desktop", [] { return Moves(0, Two("fin-01"), {}); }},
      {"move-silent", "new name", "a desktop that never restarted takes the name of another",
       "that one is silent, off, or was this machine before", kSuccessor,
       "it goes on as that desktop; the one it leaves is retired",
       [] { return Moves(0, Two("fin-01"), {LiveSeat(kLongAgo)}); }},
      {"move-past", "new name", "a desktop with a past takes the name of another",
       "that one is silent or off", kRenamed,
       "same desktop: the other one retires in its time, or has another name, too",
       [] { return Moves(3, Two("fin-01"), {LiveSeat(kLongAgo)}); }},
      {"move-template", "new name",
       "booted under the template's name, then took the name of a desktop",
       "that one was heard within two intervals", kProvisional,
       "as at an enrolment; the desktop of the template's name is retired",
       [] { return Moves(0, Two("fin-01"), {LiveSeat()}); }},
      {"move-collision", "new name", "a desktop with a past takes the name of another",
       "that one was heard within two intervals", kNameCollision,
       "both are kept as they were, and marked",
       [] { return Moves(3, Two("fin-01"), {LiveSeat()}); }},
  };
}

}  // namespace

const std::vector<IdentifyCase>& IdentifyCases() {
  static const auto* const kCases = [] {
    auto* cases = new std::vector<IdentifyCase>(Enrolments());
    for (const auto& more : {CheckIns(), NewNames()}) {
      cases->insert(cases->end(), more.begin(), more.end());
    }
    return cases;
  }();
  return *kCases;
}

}  // namespace vdiwatch::collector
