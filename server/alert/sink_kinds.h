#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/yaml.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// One kind of sink: its key in alerts.yaml, and who reads its mapping; null after a diagnostic.
struct SinkKind {
  std::string_view key;
  std::unique_ptr<Sink> (*read)(const Yaml& node, SinkReading& reading);
};

// All that there are.
std::span<const SinkKind> SinkKinds();

}  // namespace vdiwatch::server::alert
