#pragma once

#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// All instances of a class, of which these columns are kept; those the class lacks are left out.
struct WmiQuestion {
  std::string name_space;  // "root\\cimv2"
  std::string class_name;
  std::vector<std::string> columns;
  std::size_t max_bytes = 64 << 10;
};

// A question that WMI works on, on a thread of its own: WMI can hang for ever, and then that
// thread is left behind. No more than a few are left, then questions fail at once.
class WmiAnswer {
 public:
  static WmiAnswer To(WmiQuestion question);
  // The rows, waited for until the deadline. `absent` where WMI knows no such namespace or class.
  // To be called once.
  Reading Take(std::chrono::steady_clock::time_point deadline);

 private:
  std::future<Reading> rows_;  // of no thread if none was started
};

// What an HRESULT of WMI means for a reading.
MissingReading MissingBecauseOfWmi(long result);

// The columns of Win32_OptionalFeature that FeatureState wants.
WmiQuestion AllFeatures();
// The state of one optional feature among the rows of all. A list that is empty or cannot be read
// says nothing about any: every Windows has some.
Reading FeatureState(const Reading& rows, std::string_view feature);

}  // namespace vdiwatch::agent
