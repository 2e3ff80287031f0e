#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/store/open.h"
#include "policy/policy_set.h"
#include "server/access.h"
#include "server/http.h"

namespace vdiwatch::server {

namespace alert {
class Desk;  // server/alert/desk.h
}
class Metrics;       // server/metrics.h
class VerdictIndex;  // server/verdict_index.h
struct SystemFacts;  // server/system.h
class Oidc;          // server/sign_in/oidc.h

// The policy as the overview shows it.
struct PolicyStatus {
  std::shared_ptr<const policy::PolicySet> set;  // in force; never null
  Time loaded_at{};
  std::string problem;  // why newer files are not in force; empty if they are
};

// What handlers work on; all of it outlives them and may be used from any thread.
struct Services {
  collector::Store& store;
  collector::FleetReader& fleet;
  collector::AccessStore& accounts;
  Access& access;
  std::function<PolicyStatus()> policy;
  const Clock& clock;
  Log& log;
  Seconds check_in_every{0};
  bool built_in_pack = true;  // whether the built-in pack stands beside the files of policy_dir
  std::string ca_pin = {};    // what agents write as `ca_pin`
  collector::AlertStore* alert_store = nullptr;
  alert::Desk* desk = nullptr;  // who sends alerts
  Oidc* oidc = nullptr;         // null: not configured
  Metrics* metrics = nullptr;
  collector::TrendStore* trends = nullptr;  // these two, and what follows, are never null
  collector::FleetIndex* index = nullptr;
  VerdictIndex* verdicts = nullptr;
  std::function<Result<SystemFacts>()> system = {};
};

// One request on its way to its handler.
struct Call {
  const HttpRequest& request;
  const std::optional<Principal>& principal;  // set on routes that need a role
  std::string parameter;                      // what `{}` of the route's path stood for, decoded

  // The query parameter's value, or empty.
  std::string_view Query(std::string_view name) const;
};

using Handler = Result<HttpResponse> (*)(const Services&, const Call&);

// One line of the table in routes.cc.
struct Route {
  std::string_view method;
  std::string_view path;                // "{}" stands for one segment
  std::optional<Role> least;            // nothing: open to everybody
  std::vector<std::string_view> query;  // the parameters it knows; any other is refused
  Handler handler;
  std::size_t max_body_bytes = 64 << 10;
  // It tells of every pool at once, so that access limited to some cannot have it.
  bool whole_fleet = false;
};
std::span<const Route> Routes();

// The largest body that is read for this method and path.
std::size_t MaxBodyBytes(std::string_view method, std::string_view path);

// The route of this method and path; or which methods the path has, for 405; or neither: 404.
struct RouteMatch {
  const Route* route = nullptr;
  std::string parameter;
  std::vector<std::string_view> methods;
};
RouteMatch FindRoute(std::span<const Route> routes, std::string_view method, std::string_view path);

}  // namespace vdiwatch::server
