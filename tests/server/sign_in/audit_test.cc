#include "tests/server/sign_in/people.h"

namespace vdiwatch::server {
namespace {

class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    for (int i = 0; i < 5; ++i) {
      const std::string actor = i % 2 == 0 ? "ada" : "bob";
      EXPECT_TRUE(site_.database.access->Audit(
          {kStart + Seconds(i), actor, i < 3 ? "made" : "ended", std::to_string(i), "why"}));
    }
  }
  Json Get(const std::string& query) {
    return site_.GetJson("/api/v1/audit" + query, Role::kAdministrator);
  }
  std::string Subjects(const Json& page) {
    std::string text;
    for (const Json& entry : page["entries"]) text += entry["subject"].get<std::string>();
    return text;
  }
  TestSite site_;
};

TEST_F(AuditTest, IsReadNewestFirstPageByPage) {
  Json page = Get("?limit=2");
  EXPECT_EQ(Subjects(page), "43");
  page = Get("?limit=2&cursor=" + page["next_cursor"].get<std::string>());
  EXPECT_EQ(Subjects(page), "21");
  page = Get("?limit=2&cursor=" + page["next_cursor"].get<std::string>());
  EXPECT_EQ(Subjects(page), "0");
  EXPECT_EQ(page["next_cursor"], nullptr);
}

TEST_F(AuditTest, IsFiltered) {
  EXPECT_EQ(Subjects(Get("?actor=ada")), "420");
  EXPECT_EQ(Subjects(Get("?action=made&actor=bob")), "1");
  EXPECT_EQ(Subjects(Get("?since=" + FormatTime(kStart + Seconds(1)) +
                         "&until=" + FormatTime(kStart + Seconds(3)))),
            "21");
  EXPECT_EQ(Subjects(Get("?actor=nobody")), "");
}

TEST_F(AuditTest, MistakesAreRefused) {
  for (const char* query :
       {"?limit=0", "?limit=501", "?cursor=x", "?since=yesterday", "?who=ada"}) {
    EXPECT_EQ(site_.Get(std::string("/api/v1/audit") + query, Role::kAdministrator).status, 400)
        << query;
  }
  EXPECT_EQ(site_.Get("/api/v1/audit", Role::kPolicyEditor).status, 403);
}

}  // namespace
}  // namespace vdiwatch::server
