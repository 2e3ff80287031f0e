#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace vdiwatch::sim {

// What a scenario did, and what came of it beside what had to.
struct Check {
  std::string what;
  std::string expected;
  std::string found;
  bool held = false;
};

class Protocol {
 public:
  explicit Protocol(std::string scenario) : scenario_(std::move(scenario)) {}

  // Put before what is checked from now on; empty: nothing.
  void SetScope(std::string scope) { scope_ = std::move(scope); }
  void Did(std::string step) { steps_.push_back(std::move(step)); }
  void Figure(std::string name, std::string value);

  void Equal(std::string what, std::int64_t expected, std::int64_t found);
  void AtMost(std::string what, std::int64_t most, std::int64_t found);
  void AtLeast(std::string what, std::int64_t least, std::int64_t found);
  void Broke(std::string why);  // the scenario could not be played to its end

  bool held() const;
  std::string ToText() const;
  Json ToJson() const;

 private:
  void Add(std::string what, std::string expected, std::int64_t found, bool held);

  std::string scenario_;
  std::string scope_;
  std::vector<std::string> steps_;
  std::vector<std::pair<std::string, std::string>> figures_;
  std::vector<Check> checks_;
};

}  // namespace vdiwatch::sim
