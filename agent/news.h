#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace vdiwatch::agent {

// Which messages of a log are worth an entry where people read: one that says something else than
// the one before it, or the same a day later; at most kMostADay. The end that differs each time
// ("…; next try in 7 s") is not compared. Not for several threads at once.
class News {
 public:
  static constexpr int kMostADay = 50;
  bool IsNew(std::string_view text, Time now);

 private:
  std::string last_;
  Time said_{}, day_{};
  int said_in_day_ = 0;
};

// The text without the end that says when the agent tries next.
std::string_view WithoutNextTry(std::string_view text);

}  // namespace vdiwatch::agent
