#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// A folder with an alerts.yaml's secrets, and sinks that are read from YAML there.
class SinkSite {
 public:
  explicit SinkSite(const Clock& clock);
  ~SinkSite();
  SinkSite(const SinkSite&) = delete;
  SinkSite& operator=(const SinkSite&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  // Writes a private file and returns its path.
  std::string Keep(const std::string& name, std::string_view bytes) const;

  using Read = std::unique_ptr<Sink> (*)(const Yaml& node, SinkReading& reading);
  // Null and the diagnostics, a line each, where it is wrong.
  std::unique_ptr<Sink> Make(Read read, std::string_view yaml);
  std::string problems() const;

 private:
  const Clock& clock_;
  const std::filesystem::path folder_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace vdiwatch::server::alert
