#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/identify.h"
#include "collector/store/store.h"
#include "report/messages.h"

namespace vdiwatch::collector {

// Ids of tokens that have enrolled as many desktops as they are for.
using SpentTokens = std::set<std::int64_t>;

// Somebody who wants to become an incarnation: the token was good, the key is its own.
struct Enrolment {
  std::string key;  // raw SHA-256 of its public key
  Newcomer newcomer;
  EnrolToken token;
  Time certificate_expires{};
  SpentTokens spent;  // looked at where a challenger has to get a desktop
};

// Adds to `changes` what enrolling means: the incarnation, its desktop (a new one costs a token
// use), what becomes of the incarnations before it, the timeline and the audit. Pure.
// Denied: the token has no uses left, and this is a new desktop or a name that its desktop has
// defended already.
Result<void> Enrol(const Enrolment& enrolment, const std::vector<Candidate>& candidates,
                   const Identified& who, Changes& changes);

// Whether the token has enrolled as many desktops as it is for, those of `changes` included.
bool IsSpent(const EnrolToken& token, const Changes& changes);

// The slot went on without its earlier incarnation: the provisional one is its successor. Pure.
void SettleTakeover(const Candidate& candidate, Changes& changes);

// The challenged incarnation spoke: the provisional ones get desktops of their own, or are told to
// go where their token has no desktop left. Whether there was any. Pure.
bool SplitCollision(const Candidate& candidate, std::int64_t spoke, const SpentTokens& spent,
                    Changes& changes);

// A superseded incarnation is the desktop again. Where that is `contested`, those heard since
// `silent_before` get desktops of their own or are told to go; the others are over. Pure.
void TakeBack(const Candidate& candidate, bool contested, Time silent_before,
              const SpentTokens& spent, Changes& changes);

// A provisional incarnation that no longer claims the slot gets a desktop of its own. Pure.
// Denied: its token has none left.
Result<KnownIncarnation> LeaveSlot(const KnownIncarnation& known, const SpentTokens& spent,
                                   Changes& changes);

// A known incarnation goes on as the desktop that has its new slot; the one it leaves is retired
// unless others speak for it. `who` is IdentifyMove's. Pure.
KnownIncarnation MoveToSlot(const KnownIncarnation& known, const Candidate& from,
                            const Candidate& to, const Newcomer& newcomer, const Identified& who,
                            const SpentTokens& spent, Changes& changes);

// The desktops among these that are now duplicates of this one, and were none before; marked. Pure.
std::vector<Desktop> NewlyDuplicate(const Desktop& desktop,
                                    const std::vector<Candidate>& candidates);

}  // namespace vdiwatch::collector
