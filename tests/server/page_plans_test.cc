// No page may read the whole of a table that grows with the fleet: every statement that the pages'
// requests run on SQLite is planned again, and its plan must search desktops, never scan them.

#include <sqlite3.h>

#include <algorithm>
#include <mutex>
#include <regex>
#include <set>

#include "collector/store/trend_store.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

std::mutex statements_mutex;
std::set<std::string> statements;  // that ran since it was cleared; guarded by statements_mutex
std::string file;                  // of the connection that ran them; likewise

int NoteStatement(unsigned, void*, void* prepared, void*) {
  auto* statement = static_cast<sqlite3_stmt*>(prepared);
  const std::lock_guard lock(statements_mutex);
  statements.insert(sqlite3_sql(statement));
  file = sqlite3_db_filename(sqlite3_db_handle(statement), "main");
  return 0;
}

int WatchConnection(sqlite3* db, char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, &NoteStatement, nullptr);
}

// Every connection that is opened while it lives tells of its statements.
class Watch {
 public:
  Watch() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(&WatchConnection)); }
  ~Watch() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&WatchConnection)); }
};

class PagePlansTest : public testing::Test {
 protected:
  PagePlansTest() {
    desktop_ = collector::IdText(site_.AddDesktop("finance", "fin-01", GoodFacts()).id);
    site_.AddDesktop("xen", "xen-01", XenFacts());
    site_.AddDesktop("xen", "xen-02", XenFacts(), collector::Presence::kStale);
    site_.SetPoolState("xen", policy::Grade::kNoncompliant, "[]");
    EXPECT_TRUE(site_.database.trends->RecordDay(site_.clock.Now(), Time()));
  }

  // What the request's statements scan of desktops and what hangs on them.
  std::set<std::string> ScansOf(const std::string& target) {
    {
      const std::lock_guard lock(statements_mutex);
      statements.clear();
    }
    EXPECT_EQ(site_.Get(target, Role::kAdministrator).status, 200) << target;
    const std::lock_guard lock(statements_mutex);
    EXPECT_FALSE(statements.empty()) << target;
    std::set<std::string> scans;
    for (const std::string& sql : statements) {
      if (sql.starts_with("SELECT") || sql.starts_with("WITH")) AddScans(sql, scans);
    }
    return scans;
  }

  // Whether one of the last request's statements says this.
  static bool Ran(std::string_view words) {
    const std::lock_guard lock(statements_mutex);
    return std::ranges::any_of(
        statements, [&](const std::string& sql) { return sql.find(words) != std::string::npos; });
  }

  // The steps of the request's plans that name this.
  std::set<std::string> StepsAbout(std::string_view words, const std::string& target) {
    ScansOf(target);
    const std::lock_guard lock(statements_mutex);
    std::set<std::string> about;
    for (const std::string& sql : statements) {
      if (!sql.starts_with("SELECT") && !sql.starts_with("WITH")) continue;
      for (const std::string& step : PlanOf(sql)) {
        if (step.find(words) != std::string::npos) about.insert(step);
      }
    }
    return about;
  }

  Watch watch_;
  TestSite site_;
  std::string desktop_;

 private:
  // A plan names a table by its alias, and a subquery by its own.
  void AddScans(const std::string& sql, std::set<std::string>& scans) {
    static const std::regex kTable(
        R"(\b(?:FROM|JOIN) (desktop|incarnation|desktop_log|desktop_event)(?: (?!WHERE|JOIN|LEFT|ON|ORDER|LIMIT|NOT|INDEXED|GROUP)(\w+))?)");
    std::set<std::string> names;
    for (auto found = std::sregex_iterator(sql.begin(), sql.end(), kTable);
         found != std::sregex_iterator(); ++found) {
      names.insert((*found)[2].matched ? (*found)[2].str() : (*found)[1].str());
    }
    for (const std::string& step : PlanOf(sql)) {
      for (const std::string& name : names) {
        const bool of_all_names = step.ends_with("(host_name>?)");  // IS NOT NULL, and no more
        const bool scan = (step + " ").starts_with("SCAN " + name + " ");
        if (scan || of_all_names) scans.insert(step);
      }
    }
  }

  std::vector<std::string> PlanOf(const std::string& sql) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(
        sqlite3_prepare_v2(db, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr),
        SQLITE_OK)
        << sql;
    std::vector<std::string> steps;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      steps.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3)));
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return steps;
  }
};

using Scans = std::set<std::string>;

TEST_F(PagePlansTest, NoPageScansDesktops) {
  const std::string cursor = "&cursor=0000000000000001";
  for (const std::string& target : {
           std::string("/api/v1/overview"),
           std::string("/api/v1/pools?trend=30"),
           std::string("/api/v1/pools/xen"),
           std::string("/api/v1/trends?pool=xen"),
           std::string("/api/v1/changes"),
           "/api/v1/desktops?limit=1" + cursor,
           "/api/v1/desktops?pool=xen" + cursor,
           std::string("/api/v1/desktops?pool=xen&q=02"),
           "/api/v1/desktops?grade=noncompliant" + cursor,
           "/api/v1/desktops?grade=unknown" + cursor,
           "/api/v1/desktops?presence=stale" + cursor,
           "/api/v1/desktops?rule=hypervisor&rule_grade=noncompliant" + cursor,
           "/api/v1/desktops?fact=platform.kind&value=xen_server" + cursor,
           "/api/v1/desktops/" + desktop_,
           std::string("/api/v1/desktops/fin-01"),
           "/api/v1/desktops/" + desktop_ + "/timeline",
           std::string("/api/v1/rules/hypervisor"),
           std::string("/api/v1/waivers"),
           std::string("/api/v1/search?q=fin"),
           std::string("/api/v1/system"),
           std::string("/api/v1/reports/compliance?scope=pool:xen"),
       }) {
    EXPECT_EQ(ScansOf(target), Scans()) << target;
  }
}

// A pool may be large: what is rare in it is found by an index, and its desktops are not gone
// through one by one.
TEST_F(PagePlansTest, WhatIsRareInAPoolIsFoundByAnIndex) {
  for (const char* query : {"q=02", "q=no-such-host", "grade=conditional", "grade=unknown",
                            "presence=off", "rule=hypervisor&rule_grade=unknown"}) {
    EXPECT_EQ(ScansOf(std::string("/api/v1/desktops?pool=xen&") + query), Scans()) << query;
    EXPECT_FALSE(Ran("INDEXED BY desktop_by_pool")) << query;
  }
  const Scans steps = StepsAbout("desktop_by_pool_host", "/api/v1/desktops?pool=xen&q=02");
  EXPECT_EQ(steps, Scans({"SEARCH desktop USING COVERING INDEX desktop_by_pool_host (pool_id=? AND "
                          "host_name>?)"}));
}

// A part of a name stands in no index; what is read is the index of names, not the rows.
TEST_F(PagePlansTest, APartOfAHostNameIsLookedForInTheIndexOfNames) {
  const Scans scans = ScansOf("/api/v1/desktops?q=no-such-host");
  EXPECT_EQ(scans, Scans({"SEARCH desktop USING COVERING INDEX desktop_by_host (host_name>?)"}));
}

}  // namespace
}  // namespace vdiwatch::server
