#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// An opened alert with awkward characters, and the message that tells it.
AlertLine AwkwardLine();
Message AwkwardMessage();

// What a sink's reader makes of a mapping; its diagnostics go to `problems`, one a line. Relative
// paths start at `directory`.
using SinkReader = std::unique_ptr<Sink> (*)(const Yaml&, SinkReading&);
std::unique_ptr<Sink> ReadSink(SinkReader reader, const std::string& yaml,
                               const std::filesystem::path& directory, std::string& problems);

}  // namespace vdiwatch::server::alert
