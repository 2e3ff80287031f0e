#include "tests/bench/pages/site.h"

#include <cstdlib>

#include "base/digest.h"
#include "collector/store/access_store.h"
#include "collector/store/fleet_index.h"
#include "collector/store/trend_store.h"
#include "server/answer.h"
#include "server/secrets.h"
#include "server/system.h"
#include "tests/bench/pages/fleet_fill.h"

namespace vdiwatch::bench {

Site::Site(const collector::Database& database, std::shared_ptr<const policy::PolicySet> policy)
    : database_(database),
      clock_(kNow),
      access_(*database.access, clock_, log_),
      verdicts_(*database.index),
      services_{*database.store,
                *database.reader,
                *database.access,
                access_,
                [policy] {
                  return server::PolicyStatus{policy, kNow, ""};
                },
                clock_,
                log_} {
  services_.alert_store = database.alerts.get();
  services_.past = database.past.get();
  services_.reports = database.reports.get();
  services_.trends = database.trends.get();
  services_.index = database.index.get();
  services_.verdicts = &verdicts_;
  services_.feed = database.feed.get();
  services_.system = []() -> Result<server::SystemFacts> { return server::SystemFacts(); };
}

std::string Site::NewToken(server::Role role, const std::vector<std::string>& pools) {
  const std::string text = server::NewApiToken();
  collector::ApiToken token;
  token.hash = Sha256(text);
  token.name = "bench";
  token.role = server::ToString(role);
  token.created_at = kNow;
  token.expires_at = kNow + Seconds(86'400);
  token.pools = pools;
  if (!database_.access->SaveApiToken(token)) std::exit(1);
  return text;
}

server::HttpResponse Site::Get(const std::string& target, const std::string& token) {
  server::HttpRequest request;
  request.method = "GET";
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  if (mark < target.size()) request.query = *server::ParseQuery(target.substr(mark + 1));
  request.headers = {{"host", "localhost"}, {"authorization", "Bearer " + token}};
  request.id = "bench";
  return Answer(services_, {}, request);
}

}  // namespace vdiwatch::bench
