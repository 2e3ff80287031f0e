#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "report/messages.h"

namespace vdiwatch::agent {

// What the agent leaves on disk after each exchange: for `vdiwatch-agent status`, for whoever asks
// the desktop itself, and for its own next start. No secrets.
struct Status {
  std::string collector;  // https://host:port
  std::optional<Time> last_check_in;
  Time next_check_in{};
  std::string desktop, pool, grade;  // as the collector said last; empty before
  std::vector<RuleSummary> rules;    // those that are not compliant
  std::vector<std::string> passed;   // ids of those that are, or do not apply
  std::string problem;               // of the newest exchange; empty if it went well
  std::int64_t clock_ahead_s = 0;    // of this machine's clock over the collector's
  std::optional<Time> certificate_expires;

  std::int64_t spooled = 0, lost_changes = 0;
  std::int64_t sequence = 0;  // CoreMemory
  std::string told;
  std::string verdict;  // its tag
};

// A clock this far off is worth a word.
inline constexpr Seconds kNoticeableSkew{5 * 60};

std::string StatusToText(const Status& status);
Result<Status> StatusFromText(std::string_view text, std::string_view what);

// What a person sees: verdict and reasons first, then when, then what is wrong.
std::string DescribeStatus(const Status& status, Time now);
// {"collector","last_check_in","next_check_in","desktop","pool","grade","rules","passed","problem",…}
Json StatusForPeople(const Status& status);

}  // namespace vdiwatch::agent
