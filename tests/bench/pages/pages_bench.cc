// What each page of the dashboard asks for, at 1,000,000 desktops in 2,000 pools: the time of whole
// requests, from their head to their bytes, without TLS. Prints rows for docs/benchmarks.md.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "base/digest.h"
#include "collector/store/access_store.h"
#include "collector/store/fleet_index.h"
#include "collector/store/trend_store.h"
#include "server/answer.h"
#include "server/api_json.h"
#include "server/role.h"
#include "server/secrets.h"
#include "server/verdict_index.h"
#include "tests/bench/pages/fleet_fill.h"

namespace vdiwatch::bench {
namespace {

using server::HttpRequest;
using server::HttpResponse;

constexpr int kRequests = 300;

// The people's side over the database, without a socket.
class Site {
 public:
  Site(const collector::Database& database, std::shared_ptr<const policy::PolicySet> policy)
      : clock_(kNow),
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
    services_.trends = database.trends.get();
    services_.index = database.index.get();
    services_.verdicts = &verdicts_;
    token_ = server::NewApiToken();
    collector::ApiToken token;
    token.hash = Sha256(token_);
    token.name = "bench";
    token.role = "viewer";
    token.created_at = kNow;
    token.expires_at = kNow + Seconds(86'400);
    if (!database.access->SaveApiToken(token)) std::exit(1);
  }

  HttpResponse Get(const std::string& target) {
    HttpRequest request;
    request.method = "GET";
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    if (mark < target.size()) request.query = *server::ParseQuery(target.substr(mark + 1));
    request.headers = {{"host", "localhost"}, {"authorization", "Bearer " + token_}};
    request.id = "bench";
    return Answer(services_, {}, request);
  }

 private:
  ManualClock clock_;
  Log log_{Log::Level::kError};
  server::Access access_;
  server::VerdictIndex verdicts_;
  server::Services services_;
  std::string token_;
};

std::vector<std::string> Ids(Site& site) {
  std::vector<std::string> ids;
  const Json page = Json::parse(site.Get("/api/v1/desktops?limit=500").body);
  for (const Json& desktop : page["desktops"]) ids.push_back(desktop["id"]);
  return ids;
}

// What a page asks for: '#' is a pool's number, '@' a desktop's id, '%' a host's number.
struct Page {
  const char* name;
  const char* target;
};
constexpr Page kPages[] = {
    {"overview", "/api/v1/overview"},
    {"overview, worst pools", "/api/v1/pools?limit=10"},
    {"overview, trend", "/api/v1/trends?days=90"},
    {"overview, changes", "/api/v1/changes"},
    {"pools", "/api/v1/pools?limit=50&trend=30"},
    {"pools, searched", "/api/v1/pools?limit=50&q=pool-1#"},
    {"pool", "/api/v1/pools/pool-#"},
    {"pool, trend", "/api/v1/trends?days=90&pool=pool-#"},
    {"desktops", "/api/v1/desktops?limit=50"},
    {"desktops of a pool", "/api/v1/desktops?limit=50&pool=pool-#"},
    {"desktops by grade", "/api/v1/desktops?limit=50&grade=noncompliant"},
    {"desktops by presence", "/api/v1/desktops?limit=50&presence=stale"},
    {"desktops by rule",
     "/api/v1/desktops?limit=50&rule=hypervisor-supported&rule_grade=noncompliant"},
    {"desktops, searched", "/api/v1/desktops?limit=50&q=vdi-0%"},
    {"desktop", "/api/v1/desktops/@"},
    {"desktop, timeline", "/api/v1/desktops/@/timeline"},
    {"rules and packs", "/api/v1/packs"},
    {"rule", "/api/v1/rules/hypervisor-supported"},
    {"waivers", "/api/v1/waivers"},
    {"policy sets", "/api/v1/policy-sets"},
    {"search box", "/api/v1/search?q=vdi-0%"},
    {"search box, pools", "/api/v1/search?q=pool-1"},
};

std::string Filled(std::string_view target, const std::vector<std::string>& ids,
                   std::mt19937& random) {
  std::string filled;
  for (const char c : target) {
    if (c == '#') {
      filled += fmt::format("{:04}", random() % 2000);
    } else if (c == '%') {
      filled += fmt::format("{:06}", random() % 1'000'000);
    } else if (c == '@') {
      filled += ids[random() % ids.size()];
    } else {
      filled += c;
    }
  }
  return filled;
}

void Measure(Site& site, const Page& page, const std::vector<std::string>& ids) {
  std::mt19937 random(7);
  std::vector<double> times;
  std::size_t bytes = 0;
  double first = 0;
  for (int i = 0; i <= kRequests; ++i) {
    const std::string target = Filled(page.target, ids, random);
    const auto begin = std::chrono::steady_clock::now();
    const HttpResponse response = site.Get(target);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (response.status != 200) {
      fmt::print("{} -> {}: {}\n", target, response.status, response.body);
      std::exit(1);
    }
    bytes = std::max(bytes, response.body.size());
    if (i == 0) {
      first = took.count();
    } else {
      times.push_back(took.count());
    }
  }
  std::ranges::sort(times);
  fmt::print("| {} | `{}` | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {} |\n", page.name, page.target,
             first, times[kRequests / 2], times[kRequests * 99 / 100], times.back(), bytes);
  std::fflush(stdout);
}

int Run(const std::filesystem::path& file) {
  const bool fresh = !std::filesystem::exists(file);
  auto database = collector::OpenSqlite(file);
  auto set = policy::RequireRules(policy::LoadPolicy({policy::BuiltInPack()}));
  if (!database || !set) return 1;
  if (fresh) FillFleet(file, *database, *set, {});
  Site site(*database, std::make_shared<const policy::PolicySet>(*std::move(set)));
  fmt::print(
      "| page | request | first, ms | p50 | p99 | longest | bytes "
      "|\n|---|---|---|---|---|---|---|\n");
  const auto ids = Ids(site);
  for (const Page& page : kPages) Measure(site, page, ids);
  return 0;
}

}  // namespace
}  // namespace vdiwatch::bench

// The argument is the database: filled if it is not there, and kept.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: vdiwatch-bench-pages FILE\n", stderr);
    return 64;
  }
  return vdiwatch::bench::Run(argv[1]);
}
