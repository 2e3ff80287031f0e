#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/yaml.h"

namespace vdiwatch::server::alert {

// What the sinks of alerts.yaml are read with, on the stack of whoever reads the file. Each mistake
// becomes a diagnostic at its place; none ever repeats what a secret file holds.
struct SinkReading {
  std::string file;                 // as diagnostics name it
  std::filesystem::path directory;  // where relative paths start
  std::vector<Diagnostic>& diagnostics;
  std::string dashboard;  // "https://vdiwatch.corp.example:7444"; empty: messages carry no links
  const Clock& clock;     // outlives the sinks

  YamlMap Map(const Yaml& node, std::string_view what) const;

  // A scalar, or a sequence of them; none is empty. Nothing where the key is not there, or was
  // wrong.
  std::vector<std::string> Texts(YamlMap& map, std::string_view key) const;
  // Empty where the key is not there.
  std::filesystem::path Path(YamlMap& map, std::string_view key) const;
  // What the file that the member names holds, without its last line break: one line of UTF-8.
  // Empty where the key is not there, or after a diagnostic.
  std::string Secret(YamlMap& map, std::string_view key) const;
  // The same for a member that names one file or several; all are read, or none.
  std::vector<std::string> Secrets(YamlMap& map, std::string_view key) const;
  // A span such as 30s; `fallback` where the key is not there, or was wrong.
  Seconds Span(YamlMap& map, std::string_view key, Seconds fallback) const;
};

}  // namespace vdiwatch::server::alert
