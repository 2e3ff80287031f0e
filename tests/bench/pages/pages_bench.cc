// What each page of the dashboard asks for, at 1,000,000 desktops in 2,000 pools: the time of whole
// requests, from their head to their bytes, without TLS. Prints rows for docs/benchmarks.md.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <random>

#include "server/api_json.h"
#include "tests/bench/pages/check_ins.h"
#include "tests/bench/pages/fleet_fill.h"
#include "tests/bench/pages/site.h"

namespace vdiwatch::bench {
namespace {

constexpr int kRounds = 3, kRequests = 200;

enum class Who { kAdministrator, kHalf };  // sees every pool, or pool-1000 to pool-1999

// What a page asks for: '#' is a pool's number, '@' a desktop's id, '%' a host's number, '~' any
// place in the order of ids.
struct Page {
  const char* name;
  const char* target;
  Who who = Who::kAdministrator;
};
constexpr Page kPages[] = {
    {"overview", "/api/v1/overview"},
    {"… of half the pools", "/api/v1/overview", Who::kHalf},
    {"… worst pools", "/api/v1/pools?limit=10"},
    {"… trend", "/api/v1/trends?days=90"},
    {"… trend of half the pools", "/api/v1/trends?days=90", Who::kHalf},
    {"… changes", "/api/v1/changes"},
    {"pools", "/api/v1/pools?limit=50&trend=30"},
    {"… next page", "/api/v1/pools?limit=50&trend=30&sort=name&cursor=pool-#"},
    {"… by name", "/api/v1/pools?limit=50&trend=30&sort=name"},
    {"… most noncompliant first", "/api/v1/pools?limit=50&trend=30&sort=-noncompliant"},
    {"… longest first", "/api/v1/pools?limit=50&trend=30&sort=since"},
    {"… of a grade", "/api/v1/pools?limit=50&trend=30&grade=compliant"},
    {"… searched", "/api/v1/pools?limit=50&q=site-07"},
    {"pool", "/api/v1/pools/pool-#"},
    {"… the largest", "/api/v1/pools/pool-0000"},
    {"… trend", "/api/v1/trends?days=90&pool=pool-#"},
    {"desktops", "/api/v1/desktops?limit=50"},
    {"… deep", "/api/v1/desktops?limit=50&cursor=~"},
    {"… of half the pools, deep", "/api/v1/desktops?limit=50&cursor=~", Who::kHalf},
    {"… of a pool", "/api/v1/desktops?limit=50&pool=pool-#"},
    {"… of the largest pool, deep", "/api/v1/desktops?limit=50&pool=pool-0000&cursor=~"},
    {"… of it by grade", "/api/v1/desktops?limit=50&pool=pool-0000&grade=noncompliant&cursor=~"},
    {"… of it, searched", "/api/v1/desktops?limit=50&pool=pool-0000&q=vdi-0%"},
    {"… by grade", "/api/v1/desktops?limit=50&grade=noncompliant&cursor=~"},
    {"… by presence", "/api/v1/desktops?limit=50&presence=stale&cursor=~"},
    {"… by rule",
     "/api/v1/desktops?limit=50&rule=hypervisor-supported&rule_grade=noncompliant&cursor=~"},
    {"… by fact", "/api/v1/desktops?limit=50&fact=platform.kind&value=xen_server&cursor=~"},
    {"… by a rare fact", "/api/v1/desktops?limit=50&fact=memory.total_mib&value=12300"},
    {"… searched", "/api/v1/desktops?limit=50&q=vdi-0%"},
    {"… searched, nothing", "/api/v1/desktops?limit=50&q=no-such-host"},
    {"desktop", "/api/v1/desktops/@"},
    {"… by its name", "/api/v1/desktops/vdi-0%"},
    {"… timeline", "/api/v1/desktops/@/timeline"},
    {"rules and packs", "/api/v1/packs"},
    {"rule", "/api/v1/rules/hypervisor-supported"},
    {"waivers", "/api/v1/waivers"},
    {"policy sets", "/api/v1/policy-sets"},
    {"search box", "/api/v1/search?q=vdi-0%"},
    {"… of half the pools", "/api/v1/search?q=vdi-0%", Who::kHalf},
    {"… pools", "/api/v1/search?q=pool-1"},
    {"alerts", "/api/v1/alerts?state=open&limit=50"},
    {"… resolved", "/api/v1/alerts?state=resolved&limit=50"},
    {"… of a pool", "/api/v1/alerts?pool=pool-#&limit=50"},
    {"… of half the pools", "/api/v1/alerts?state=open&limit=50", Who::kHalf},
    {"deliveries", "/api/v1/deliveries?limit=50"},
    {"… failed", "/api/v1/deliveries?state=failed&limit=50"},
    {"audit", "/api/v1/audit?limit=50"},
    {"… of one user", "/api/v1/audit?limit=50&actor=user-7"},
    {"administration", "/api/v1/system"},
    {"report of a pool", "/api/v1/reports/compliance?scope=pool:pool-#"},
    {"… of a site", "/api/v1/reports/compliance?scope=attribute:site=site-07"},
    {"… of the fleet", "/api/v1/reports/compliance?scope=fleet"},
};

std::string IdAt(std::mt19937& random) {
  return fmt::format("{:08x}{:08x}", random() & 0x7fffffff, random());
}

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
    } else if (c == '~') {
      filled += IdAt(random);
    } else {
      filled += c;
    }
  }
  return filled;
}

double ThreadMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Sample {
  double wall = 0, processor = 0;  // milliseconds
};

class Bench {
 public:
  explicit Bench(Site& site)
      : site_(site),
        administrator_(site.NewToken(server::Role::kAdministrator)),
        half_(site.NewToken(server::Role::kViewer, {"pool-1*"})) {
    for (int i = 0; i < 300; ++i) {
      const auto response =
          site_.Get("/api/v1/desktops?limit=1&cursor=" + IdAt(random_), administrator_);
      const Json page = Json::parse(response.body);
      for (const Json& desktop : page["desktops"]) ids_.push_back(desktop["id"]);
    }
  }

  // The round whose p99 is the lowest: others may use the machine meanwhile.
  void Measure(const Page& page) {
    const Sample first = Ask(page);
    std::optional<std::vector<double>> best;
    std::vector<double> processor;
    for (int round = 0; round < kRounds; ++round) {
      std::vector<double> times;
      for (int i = 0; i < kRequests; ++i) {
        const Sample sample = Ask(page);
        times.push_back(sample.wall);
        processor.push_back(sample.processor);
      }
      std::ranges::sort(times);
      if (!best || P99(times) < P99(*best)) best = std::move(times);
    }
    std::ranges::sort(processor);
    fmt::print("| {} | `{}`{} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {} |\n", page.name,
               page.target, page.who == Who::kHalf ? " (half)" : "", first.wall,
               (*best)[best->size() / 2], P99(*best), processor[processor.size() / 2],
               P99(processor), std::exchange(bytes_, 0));
    std::fflush(stdout);
  }

 private:
  static double P99(const std::vector<double>& sorted) {
    return sorted[(sorted.size() - 1) * 99 / 100];
  }

  Sample Ask(const Page& page) {
    const std::string target = Filled(page.target, ids_, random_);
    const double processor = ThreadMilliseconds();
    const auto begin = std::chrono::steady_clock::now();
    const auto response = site_.Get(target, page.who == Who::kHalf ? half_ : administrator_);
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - begin;
    if (response.status != 200) {
      fmt::print("{} -> {}: {}\n", target, response.status, response.body);
      std::exit(1);
    }
    bytes_ = std::max(bytes_, response.body.size());
    return {wall.count(), ThreadMilliseconds() - processor};
  }

  Site& site_;
  std::mt19937 random_{7};
  const std::string administrator_, half_;
  std::vector<std::string> ids_;
  std::size_t bytes_ = 0;
};

int Run(const std::filesystem::path& file, std::string_view only, bool busy) {
  const bool fresh = !std::filesystem::exists(file);
  auto database = collector::OpenSqlite(file);
  auto set = policy::RequireRules(policy::LoadPolicy(PolicyOfFleet({})));
  if (!database || !set) {
    fmt::print("{}\n", database ? set.error().message : database.error().message);
    return 1;
  }
  if (fresh) FillFleet(file, *database, *set, {});
  Site site(*database, std::make_shared<const policy::PolicySet>(*std::move(set)));
  Bench bench(site);
  std::optional<CheckIns> check_ins;
  if (busy) check_ins.emplace(*database);
  fmt::print(
      "| page | request | first, ms | p50 | p99 | processor p50 | processor p99 | bytes |\n"
      "|---|---|---|---|---|---|---|---|\n");
  for (const Page& page : kPages) {
    if (std::string_view(page.target).find(only) != std::string_view::npos) bench.Measure(page);
  }
  return 0;
}

}  // namespace
}  // namespace vdiwatch::bench

// The database is filled if it is not there, and kept.
int main(int argc, char** argv) {
  const bool busy = argc > 2 && std::string_view(argv[argc - 1]) == "--check-ins";
  const int words = busy ? argc - 1 : argc;
  if (words < 2 || words > 3) {
    std::fputs("usage: vdiwatch-bench-pages FILE [PART OF THE REQUESTS] [--check-ins]\n", stderr);
    return 64;
  }
  return vdiwatch::bench::Run(argv[1], words == 3 ? argv[2] : "", busy);
}
