#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "collector/store/open.h"
#include "policy/policy_set.h"
#include "server/access.h"
#include "server/http.h"
#include "server/role.h"
#include "server/route.h"
#include "server/verdict_index.h"

namespace vdiwatch::bench {

// The people's side over a database, without a socket.
class Site {
 public:
  Site(const collector::Database& database, std::shared_ptr<const policy::PolicySet> policy);

  // A token that sees the pools that these globs name; all if there are none.
  std::string NewToken(server::Role role, const std::vector<std::string>& pools = {});
  server::HttpResponse Get(const std::string& target, const std::string& token);

 private:
  const collector::Database& database_;
  ManualClock clock_;
  Log log_{Log::Level::kError};
  server::Access access_;
  server::VerdictIndex verdicts_;
  server::Services services_;
};

}  // namespace vdiwatch::bench
