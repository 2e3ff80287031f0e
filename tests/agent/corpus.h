#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace vdiwatch::agent {

// One machine of tests/evidence/*.jsonl: what was recorded, and what must follow.
struct Machine {
  std::string id;
  std::string evidence;  // an evidence file's text
  Json expect;           // fact key -> values that count as right; "missing" among them means that
                         // not knowing is right too
  bool may_stay_undecided = false;  // real recordings may be too thin for an answer
};

// Every machine of the corpus, in the order of the files. Ends the program if it is unreadable.
const std::vector<Machine>& Corpus();

}  // namespace vdiwatch::agent
