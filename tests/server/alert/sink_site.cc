#include "tests/server/alert/sink_site.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"

namespace vdiwatch::server::alert {
namespace {

std::filesystem::path NewFolder() {
  std::string name = ::testing::TempDir() + "vdiwatch-alert-XXXXXX";
  return ::mkdtemp(name.data());
}

}  // namespace

SinkSite::SinkSite(const Clock& clock) : clock_(clock), folder_(NewFolder()) {}

SinkSite::~SinkSite() { std::filesystem::remove_all(folder_); }

std::string SinkSite::Keep(const std::string& name, std::string_view bytes) const {
  EXPECT_TRUE(WriteFile(folder_ / name, bytes, FileMode::kPrivate)) << name;
  return folder_ / name;
}

std::unique_ptr<Sink> SinkSite::Make(Read read, std::string_view yaml) {
  diagnostics_.clear();
  const std::vector<Yaml> documents = ParseYaml(yaml, "alerts.yaml", diagnostics_);
  SinkReading reading{"alerts.yaml", folder_, diagnostics_, "https://vdiwatch.example", clock_};
  return documents.empty() ? nullptr : read(documents.front(), reading);
}

std::string SinkSite::problems() const {
  std::string lines;
  for (const Diagnostic& one : diagnostics_) lines += ToString(one) + "\n";
  return lines;
}

}  // namespace vdiwatch::server::alert
