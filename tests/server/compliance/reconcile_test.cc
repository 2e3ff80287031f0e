// POST /api/v1/reports/reconcile over a real store.
#include "server/compliance/reconcile.h"

#include "collector/store/access_store.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using collector::Presence;

class ReconcileTest : public testing::Test {
 protected:
  ReconcileTest() {
    site_.AddDesktop("citrix", "CTX-01", GoodFacts());
    site_.AddDesktop("citrix", "ctx-02", GoodFacts(), Presence::kStale);
    site_.AddDesktop("citrix", "ctx-03", GoodFacts(), Presence::kOff);
    site_.AddDesktop("citrix", "ctx-04", GoodFacts(), Presence::kRetired);
    site_.AddDesktop("finance", "fin-01", GoodFacts());
  }
  HttpResponse Post(const std::string& query, const std::string& csv, Role role = Role::kOperator) {
    HttpRequest request = Request("POST", "/api/v1/reports/reconcile" + query);
    request.headers["authorization"] = "Bearer " + site_.NewApiToken(role);
    request.headers["content-type"] = "text/csv";
    request.body = csv;
    return site_.Send(request);
  }

  TestSite site_;
};

TEST_F(ReconcileTest, TellsWhoIsWhere) {
  const HttpResponse response =
      Post("?scope=pool:citrix", "MachineName\nCORP\\CTX-01\nCORP\\CTX-02\nCORP\\CTX-04\nNEW-1\n");
  ASSERT_EQ(response.status, 200) << response.body;
  const Json found = BodyOf(response);
  EXPECT_EQ(found["scope"], "pool:citrix");
  EXPECT_EQ(found["export"]["column"], "MachineName");
  EXPECT_EQ(found["counts"]["both"], 1);
  EXPECT_EQ(found["never_reported"], Json({"ctx-04", "new-1"})) << "a retired one is none";
  ASSERT_EQ(found["stale"].size(), 1u);
  EXPECT_EQ(found["stale"][0]["host_name"], "ctx-02");
  ASSERT_EQ(found["not_in_export"].size(), 1u) << "finance is not of the scope";
  EXPECT_EQ(found["not_in_export"][0]["host_name"], "ctx-03");
  EXPECT_EQ(found["not_in_export"][0]["presence"], "off");
}

TEST_F(ReconcileTest, IsAuditedAndStoresNothingElse) {
  const Json before = site_.GetJson("/api/v1/pools");
  ASSERT_EQ(Post("", "Name\nctx-01\n").status, 200);
  EXPECT_EQ(site_.GetJson("/api/v1/pools"), before);
  const auto audit = site_.database.access->AuditLog(10);
  ASSERT_TRUE(audit.has_value());
  EXPECT_EQ(audit->at(0).action, "export_reconciled");
  EXPECT_EQ(audit->at(0).detail, "1 hosts, 0 never reported, 3 not in it");
}

TEST_F(ReconcileTest, CutsListsAndKeepsCounts) {
  const Json found = BodyOf(Post("?limit=1", "Name\nx-1\nx-2\nctx-01\n"));
  EXPECT_EQ(found["never_reported"].size(), 1u);
  EXPECT_EQ(found["counts"]["never_reported"], 2);
  EXPECT_EQ(found["not_in_export"].size(), 1u);
  EXPECT_EQ(found["counts"]["not_in_export"], 3);
}

TEST_F(ReconcileTest, RefusesWhatItCannotRead) {
  EXPECT_EQ(Post("", "Serial\n1\n").status, 400);
  EXPECT_EQ(Post("?scope=pool:nowhere", "Name\na\n").status, 404);
  EXPECT_EQ(Post("?limit=x", "Name\na\n").status, 400);
  EXPECT_EQ(Post("", "Name\na\n", Role::kViewer).status, 403);
}

// Where one name has two desktops, it reports if one of them does.
TEST(Reconcile, TheBetterOfTwoDesktopsCounts) {
  compliance::MachineExport machines;
  machines.hosts = {"a"};
  const auto seated = [](std::int64_t id, Presence presence) {
    return compliance::Seated{{id, "A.corp.example", presence, FromUnix(0)}, "pool"};
  };
  const auto found =
      compliance::Reconcile(machines, {seated(1, Presence::kStale), seated(2, Presence::kLive)});
  EXPECT_EQ(found.both, 1);
  EXPECT_TRUE(found.stale.empty());
  EXPECT_TRUE(found.not_in_export.empty());
}

}  // namespace
}  // namespace vdiwatch::server
