#include "tests/server/sign_in/people.h"

namespace vdiwatch::server {
namespace {

class UsersTest : public testing::Test {
 protected:
  Json LastAudit() { return root_.Get("/api/v1/audit?limit=1")["entries"][0]; }
  TestSite site_;
  Person root_{site_, "root", Role::kAdministrator};
};

TEST_F(UsersTest, AreMadeWithAPasswordThatIsShownOnce) {
  const Json wanted = {{"name", "ada"}, {"role", "operator"}, {"pools", {"fin-*"}}};
  const HttpResponse made = root_.Send("POST", "/api/v1/users", wanted);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.Header("Location"), "/api/v1/users/ada");
  const std::string password = BodyOf(made)["password"];
  EXPECT_EQ(password.size(), 24u);
  const HttpResponse signed_in = site_.SignIn("ada", password);
  EXPECT_EQ(BodyOf(signed_in)["pools"], Json::array({"fin-*"}));
  const Json user = root_.Get("/api/v1/users/ada");
  EXPECT_FALSE(user.contains("password"));
  EXPECT_EQ(user["kind"], "local");
  EXPECT_EQ(user["last_sign_in"], FormatTime(kStart));
  EXPECT_EQ(root_.Send("GET", "/api/v1/users").body.find("argon2"), std::string::npos);
  EXPECT_EQ(root_.Send("POST", "/api/v1/users", wanted).status, 409) << "there is one already";
}

TEST_F(UsersTest, BadOnesAreRefused) {
  const auto refused = [&](const Json& body) {
    const HttpResponse response = root_.Send("POST", "/api/v1/users", body);
    EXPECT_EQ(response.status, 400) << body << response.body;
  };
  refused({{"name", ""}, {"role", "viewer"}});
  refused({{"name", "a/b"}, {"role", "viewer"}});
  refused({{"name", " a"}, {"role", "viewer"}});
  refused({{"name", "token:a"}, {"role", "viewer"}});
  refused({{"name", "local:root"}, {"role", "viewer"}});
  refused({{"name", "a\nb"}, {"role", "viewer"}});
  refused({{"name",
            "a\xE2\x80\x8B"
            "b"},
           {"role", "viewer"}});
  refused({{"name", std::string(101, 'a')}, {"role", "viewer"}});
  refused({{"name", "a"}, {"role", "king"}});
  refused({{"name", "a"}, {"role", "viewer"}, {"password", "short"}});
  refused({{"name", "a"}, {"role", "viewer"}, {"pools", "fin"}});
  refused({{"name", "a"}, {"role", "viewer"}, {"pools", {""}}});
  refused({{"name", "a"}, {"role", "administrator"}, {"pools", {"fin"}}});
  refused({{"name", "a"}, {"role", "viewer"}, {"admin", true}});
  refused(Json::array());
}

TEST_F(UsersTest, AChangeNeedsTheVersionThatWasRead) {
  site_.AddUser("ada", Role::kViewer);
  const Json role = {{"role", "operator"}};
  EXPECT_EQ(root_.Send("PATCH", "/api/v1/users/ada", role).status, 428);
  EXPECT_EQ(root_.Send("DELETE", "/api/v1/users/ada").status, 428);
  const std::string etag(root_.Send("GET", "/api/v1/users/ada").Header("ETag"));
  const HttpResponse changed = root_.Send("PATCH", "/api/v1/users/ada", role, etag);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(BodyOf(changed)["role"], "operator");
  EXPECT_EQ(root_.Send("PATCH", "/api/v1/users/ada", role, etag).status, 412);
  EXPECT_EQ(root_.Send("DELETE", "/api/v1/users/ada", nullptr, etag).status, 412);
  EXPECT_EQ(
      root_.Send("PATCH", "/api/v1/users/ada", role, std::string(changed.Header("ETag"))).status,
      200);
}

TEST_F(UsersTest, AStarIsWhateverVersionThereIs) {
  site_.AddUser("ada", Role::kViewer);
  EXPECT_EQ(root_.Send("PATCH", "/api/v1/users/ada", {{"role", "operator"}}, "*").status, 200);
  EXPECT_EQ(root_.Send("DELETE", "/api/v1/users/ada", nullptr, "*").status, 204);
  EXPECT_EQ(root_.Send("DELETE", "/api/v1/users/ada", nullptr, "*").status, 404);
}

TEST_F(UsersTest, AChangeEndsTheirSessions) {
  Person ada(site_, "ada", Role::kOperator);
  for (const Json& change : {Json{{"role", "viewer"}}, Json{{"pools", {"fin-*"}}},
                             Json{{"password", "another password"}}, Json{{"disabled", true}}}) {
    EXPECT_EQ(ada.Send("GET", "/api/v1/session").status, 200);
    ASSERT_EQ(root_.Change("PATCH", "/api/v1/users/ada", change).status, 200) << change;
    EXPECT_EQ(ada.Send("GET", "/api/v1/session").status, 401) << change;
    if (change.contains("disabled")) break;
    ada.SignIn("ada", change.contains("password") ? "another password" : kPassword);
  }
  EXPECT_EQ(site_.SignIn("ada", "another password").status, 401) << "disabled";
  ASSERT_EQ(root_.Change("PATCH", "/api/v1/users/ada", {{"disabled", false}}).status, 200);
  EXPECT_EQ(site_.SignIn("ada", "another password").status, 200);
  EXPECT_EQ(root_.Send("GET", "/api/v1/session").status, 200) << "one's own goes on";
}

TEST_F(UsersTest, TheLastAdministratorStays) {
  const auto refused = [&](const HttpResponse& response) {
    EXPECT_EQ(response.status, 409) << response.body;
  };
  refused(root_.Change("DELETE", "/api/v1/users/root"));
  refused(root_.Change("PATCH", "/api/v1/users/root", {{"role", "viewer"}}));
  refused(root_.Change("PATCH", "/api/v1/users/root", {{"disabled", true}}));
  // One who signs in elsewhere is no way in when that is away.
  collector::User other{"eve", "", "administrator", {}, "https://idp.example 1"};
  ASSERT_TRUE(site_.database.access->SaveUser(other));
  refused(root_.Change("DELETE", "/api/v1/users/root"));
  site_.AddUser("second", Role::kAdministrator);
  EXPECT_EQ(root_.Change("DELETE", "/api/v1/users/root").status, 204);
  EXPECT_EQ(root_.Send("GET", "/api/v1/session").status, 401) << "gone with its sessions";
}

TEST_F(UsersTest, WhatTheProviderTellsIsNotChangedHere) {
  ASSERT_TRUE(site_.database.access->SaveUser({"eve", "", "viewer", {}, "https://idp.example 1"}));
  for (const Json& change : {Json{{"role", "operator"}}, Json{{"pools", {"a"}}},
                             Json{{"password", "another password"}}}) {
    EXPECT_EQ(root_.Change("PATCH", "/api/v1/users/eve", change).status, 409) << change;
  }
  EXPECT_EQ(root_.Change("PATCH", "/api/v1/users/eve", {{"disabled", true}}).status, 200);
  EXPECT_EQ(root_.Change("DELETE", "/api/v1/users/eve").status, 204);
  EXPECT_EQ(site_.SignIn("eve", "").status, 401);
}

TEST_F(UsersTest, EveryWriteIsAudited) {
  ASSERT_EQ(root_.Send("POST", "/api/v1/users", {{"name", "ada"}, {"role", "viewer"}}).status, 201);
  EXPECT_EQ(LastAudit()["action"], "user_added");
  EXPECT_EQ(LastAudit()["actor"], "root");
  EXPECT_EQ(LastAudit()["subject"], "ada");
  root_.Change("PATCH", "/api/v1/users/ada", {{"role", "operator"}, {"pools", {"fin-*", "hr"}}});
  EXPECT_EQ(LastAudit()["action"], "user_changed");
  EXPECT_EQ(LastAudit()["detail"], "operator of fin-*, hr");
  root_.Change("PATCH", "/api/v1/users/ada", {{"password", "another password"}});
  EXPECT_EQ(LastAudit()["detail"], "password");
  root_.Change("DELETE", "/api/v1/users/ada");
  EXPECT_EQ(LastAudit()["action"], "user_removed");
  const Json before = LastAudit();
  root_.Change("DELETE", "/api/v1/users/root");  // refused
  EXPECT_EQ(LastAudit(), before) << "what did not happen is not told";
}

TEST_F(UsersTest, PasswordsOfLocalUsersMayBeSwitchedOff) {
  AccessOptions options;
  options.passwords = false;
  Log log(Log::Level::kError);
  Access access(*site_.database.access, site_.clock, log, options);
  const auto answer = access.SignIn("root", kPassword, {"192.0.2.7"});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->principal);
}

}  // namespace
}  // namespace vdiwatch::server
