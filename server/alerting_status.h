#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::server {

namespace alert {
class Desk;
}

// How one sink fares, as metrics and health tell it.
struct SinkFigures {
  std::string name;
  std::string kind;
  bool failing = false;  // its newest message did not get through, or it is disabled
  std::int64_t waiting = 0, sent = 0, failed = 0, dropped = 0;  // in the log of deliveries
  std::optional<Time> last_success;
  std::optional<Seconds> beats_every;  // nothing: no heartbeat goes to it
  std::optional<Time> last_heartbeat;  // that it took, since the daemon's start
};

struct AlertingStatus {
  bool file_refused = false;  // a newer alerts_file, while the last good one stays in force
  std::vector<SinkFigures> sinks;
};
// Errors: the store's.
Result<AlertingStatus> AlertingStatusOf(const alert::Desk& desk);

}  // namespace vdiwatch::server
