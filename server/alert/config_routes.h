#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "server/alert/config.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// The parts of alerts.yaml that name sinks; `sinks` are the names that there are. Mistakes become
// diagnostics.
// Without `routes` everything goes to every sink.
std::vector<RouteSpec> ReadRoutes(YamlMap& top, SinkReading& reading,
                                  const std::vector<std::string>& sinks);
std::optional<Heartbeat> ReadHeartbeat(YamlMap& top, SinkReading& reading,
                                       const std::vector<std::string>& sinks);

}  // namespace vdiwatch::server::alert
