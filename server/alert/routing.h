#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collector/store/alert_store.h"
#include "server/alert/config.h"
#include "server/alert/match.h"
#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

// The policy set that came into force last: what began right after it, it brought about.
struct PolicyNews {
  Time at{};
  std::string text;  // "The policy docker-desktop-vdi 2026.11.4 came into force at …"
};

// How long after a policy change what begins is its doing: one sweep over all pools, and a look.
inline constexpr Seconds kPolicyWake{60};
// Begins why a message waits for the end of quiet hours.
inline constexpr std::string_view kQuiet = "quiet hours until ";
// More alerts than that become several messages.
inline constexpr std::size_t kMostLines = 50;

struct ActiveSilence {
  collector::Silence silence;
  Match match;
};
// Those that parse, and are in force at `now`.
std::vector<ActiveSilence> SilencesAt(std::span<const collector::Silence> silences, Time now);
// The one of those that match which ends last; null: none.
const ActiveSilence* FindSilence(std::span<const ActiveSilence> silences, const AlertLine& line);
// "silenced by ID until …: reason".
std::string SilencedText(const collector::Silence& silence);

// A notice as a message tells it.
AlertLine LineOf(const collector::Notice& notice, const std::string& dashboard);
AlertLine LineOf(const collector::Alert& alert, const std::string& dashboard);

// Whether a message tells of this line, too: of the same kind, and of the same policy change, or of
// the cause or the pool of one of its lines.
bool BelongsTo(std::span<const AlertLine> message, const AlertLine& line, const PolicyNews& news);
// The sentence about what lines share; empty for a single alert that no policy change explains.
std::string SharedBy(std::span<const AlertLine> lines, const PolicyNews& news);

// To which sink one notice goes, and when at the earliest.
struct Leg {
  std::string sink;
  Time due{};
  std::string why;  // of waiting that long; empty
};
// Every route that matches, until one says `last`; each sink once, at the earliest of its times.
std::vector<Leg> LegsOf(const AlertConfig& config, const AlertLine& line,
                        std::span<const ActiveSilence> silences, Time now);

// What is in the outbox, and the messages that still wait for more to be said in them.
struct OutboxNotice {
  std::int64_t id = 0;
  AlertLine line;
};
struct HeldMessage {
  collector::Delivery delivery;
  std::vector<AlertLine> lines;
};
struct Routed {
  std::vector<std::int64_t> notices;          // all of them
  std::vector<collector::Delivery> made;      // new ones
  std::vector<collector::Delivery> extended;  // held ones, with more notices, or newer ones
};
// Pure but for `new_id`.
Routed RouteNotices(const AlertConfig& config, std::span<const OutboxNotice> notices,
                    std::span<const HeldMessage> held, std::span<const ActiveSilence> silences,
                    const PolicyNews& news, Time now, const std::function<std::int64_t()>& new_id);

// When to try again after so many attempts: doubling from 5 s to an hour, times jitter (from 0.5
// to 1), and not before what the receiver asks for.
Seconds BackOff(std::int64_t attempts, Seconds retry_after, double jitter);

}  // namespace vdiwatch::server::alert
