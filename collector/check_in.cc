#include "collector/check_in.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "report/fact_set.h"

namespace vdiwatch::collector {
namespace {

bool SameFacts(const Facts& a, const Facts& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) {
           return x.first == y.first && SameAnswer(x.second, y.second);
         });
}

// Whether the blobs that came along are what their digests say.
Result<void> CheckBlobs(const CheckInRequest& request) {
  if (request.facts && FactSetDigest(*request.facts) != request.facts_digest) {
    return Invalid("check-in: 'facts' are not those of 'facts_digest'");
  }
  if (request.readings && DigestText(CanonicalJson(*request.readings)) != request.readings_digest) {
    return Invalid("check-in: 'readings' are not those of 'readings_digest'");
  }
  return {};
}

void ApplyBoot(const CheckInRequest& request, Time now, CheckedIn& result) {
  policy::Boot boot{request.boot_id, request.canary};
  auto event = policy::ClassifyBoot(result.desktop.last_boot, boot);
  if (event == policy::BootEvent::kSame) return;
  Desktop& desktop = result.desktop;
  desktop.boots = policy::Advance(desktop.boots, event);
  desktop.last_boot = std::move(boot);
  if (event != policy::BootEvent::kSurvived) {
    desktop.install_order = policy::OnAnotherDisk(std::move(desktop.install_order));
  }
  result.changed = true;
  auto tell = [&](const char* kind, std::string detail) {
    result.events.push_back({desktop.id, now, kind, std::move(detail)});
  };
  switch (event) {
    case policy::BootEvent::kSurvived:
      return tell("boot_survived", fmt::format("boot {} of its disk", request.canary.boots));
    case policy::BootEvent::kReset:
      return tell("reset", policy::DescribeBoots(desktop.boots));
    case policy::BootEvent::kRestored:
      return tell("restored", "its disk went back to an earlier state, as after a snapshot");
    case policy::BootEvent::kFirst:
    case policy::BootEvent::kSame:
      return;
  }
}

// What the machine says it is; who says nothing is who it was.
const Claims& ClaimsOf(const CheckInRequest& request, const Incarnation& before) {
  return SlotOf(request.claims).empty() ? before.claims : request.claims;
}

// Copies what the desktop says of itself; notes whether anything but the time moved.
void ApplyReport(const CheckInRequest& request, Time now, CheckedIn& result) {
  Desktop& desktop = result.desktop;
  auto set = [&](auto& field, const auto& value) {
    if (field == value) return;
    field = value;
    result.changed = true;
  };
  auto set_facts = [&](Facts& field, const Facts& value) {
    if (SameFacts(field, value)) return;
    field = value;
    result.changed = true;
  };
  const Claims& claims = ClaimsOf(request, result.incarnation);
  set(desktop.claims, claims);
  set(desktop.slot, SlotOf(claims));
  set(desktop.presence, request.goodbye ? Presence::kOff : Presence::kLive);
  set(desktop.facts_digest, request.facts_digest);
  set(desktop.readings_digest, request.readings_digest);
  set(desktop.agent_version, request.agent_version);
  set(desktop.os, request.os);
  set_facts(desktop.state, request.state);
  set_facts(desktop.per_desktop, request.per_desktop);
  desktop.last_seen = now;
}

CheckedIn ToldToEnrol(const KnownIncarnation& known) {
  CheckedIn result;
  result.incarnation = *known.incarnation;
  result.desktop = *known.desktop;
  result.need = {"enrol"};
  return result;
}

CheckedIn Cloned(const KnownIncarnation& known, const Identified& who, Time now) {
  CheckedIn result = ToldToEnrol(known);
  result.incarnation.state = IncarnationState::kCloned;
  result.desktop.duplicate = "cloned_identity";
  result.events.push_back({result.desktop.id, now, "cloned_identity", who.why});
  result.changed = true;
  return result;
}

// Whoever holds the key could otherwise use up the numbers, and mute the desktop for this boot.
Result<void> CheckJump(const CheckInRequest& request, const Incarnation& before) {
  if (request.sequence - kMostSkipped <= before.sequence) return {};
  return Conflict(fmt::format("check-in: sequence {} is more than {} above the one held here, {}",
                              request.sequence, kMostSkipped, before.sequence));
}

void NoteNeeds(const CheckInRequest& request, const KnownIncarnation& known, CheckedIn& result) {
  if (!known.has_facts && !request.facts) result.need.push_back("facts");
  if (!known.has_readings && !request.readings && !request.readings_digest.empty()) {
    result.need.push_back("readings");
  }
}

// The mark of a cloned key goes with the first boot that its desktop begins under its own key.
void ApplyHealing(const CheckInRequest& request, const Incarnation& before, CheckedIn& result) {
  bool own_boot = !before.boot_id.empty() && before.boot_id != request.boot_id;
  if (!own_boot || result.desktop.duplicate != "cloned_identity") return;
  result.desktop.duplicate = "none";
  result.changed = true;
}

}  // namespace

bool IsRepeat(const CheckInRequest& request, const Incarnation& incarnation) {
  return incarnation.boot_id == request.boot_id && request.sequence <= incarnation.sequence;
}

Result<CheckedIn> ApplyCheckIn(const CheckInRequest& request, const KnownIncarnation& known,
                               Time now) {
  const Incarnation& before = *known.incarnation;
  if (before.state == IncarnationState::kRevoked) {
    return Denied("check-in: this agent's certificate was revoked");
  }
  RETURN_IF_ERROR(CheckBlobs(request));
  if (before.state == IncarnationState::kCloned || before.state == IncarnationState::kSuperseded) {
    return ToldToEnrol(known);
  }
  // What waited in the spool of an earlier boot is old news, not another machine.
  if (request.late && ComesFromThePast(before, request.boot_id)) {
    CheckedIn late{.incarnation = before, .desktop = *known.desktop, .events = {}, .need = {}};
    late.repeated = true;
    return late;
  }
  Identified who = IdentifyCheckIn(before, request.claims, request.boot_id);
  if (who.kind == Identification::kClonedIdentity) return Cloned(known, who, now);
  RETURN_IF_ERROR(CheckJump(request, before));

  CheckedIn result;
  result.incarnation = before;
  result.desktop = *known.desktop;
  const bool provisional = before.state == IncarnationState::kProvisional;
  if (!provisional) NoteNeeds(request, known, result);
  if (IsRepeat(request, before)) {
    result.repeated = true;
    return result;
  }
  if (who.kind == Identification::kRenamed) {
    result.events.push_back({result.desktop.id, now, "renamed", who.why});
  }
  // A provisional incarnation may yet turn out to be another machine: what it says is not this
  // desktop's before the takeover is settled.
  if (!provisional) {
    ApplyBoot(request, now, result);
    ApplyReport(request, now, result);
    ApplyHealing(request, before, result);
  }
  Incarnation& incarnation = result.incarnation;
  result.changed |= incarnation.boot_id != request.boot_id ||
                    incarnation.claims != ClaimsOf(request, before) || request.facts.has_value() ||
                    request.readings.has_value();
  if (incarnation.boot_id != request.boot_id) {
    incarnation.past_boots = RememberBoot(incarnation.past_boots, incarnation.boot_id);
  }
  incarnation.boot_id = request.boot_id;
  incarnation.sequence = request.sequence;
  incarnation.claims = ClaimsOf(request, before);
  incarnation.last_seen = now;
  return result;
}

}  // namespace vdiwatch::collector
