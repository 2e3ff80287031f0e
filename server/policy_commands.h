#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace vdiwatch::server {

// `vdiwatch policy lint | test | eval` (DESIGN §4). They need no daemon and no store. Results go to
// `out`, what went wrong to `err`; each returns the exit code: 0 good, 1 findings or noncompliant,
// 2 unknown, 64 and above for what kept it from judging. A path may be a directory of policy files.

struct PolicyCheckOptions {
  std::vector<std::string> paths;
  std::string junit = {};  // the file for a JUnit report; empty: none
  bool json = false;       // lint alone: {"mistakes":[{"file","line","column","message"}]}
};

// Every mistake, one a line.
int PolicyLint(const PolicyCheckOptions& options, std::ostream& out, std::ostream& err);

// Runs the rules' own tests, and says which do not hold.
int PolicyTest(const PolicyCheckOptions& options, std::ostream& out, std::ostream& err);

struct PolicyEvalOptions {
  std::vector<std::string> policies;    // none: the built-in pack
  std::string facts;                    // a facts file, vdiwatch-facts/1
  std::vector<std::string> pool_attrs;  // "license=docker_business"
  std::string at;                       // RFC 3339; empty: now
  bool json = false;
};
int PolicyEval(const PolicyEvalOptions& options, std::ostream& out, std::ostream& err);

}  // namespace vdiwatch::server
