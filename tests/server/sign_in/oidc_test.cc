#include "server/sign_in/oidc.h"

#include "base/digest.h"
#include "server/sign_in/jws.h"
#include "tests/server/sign_in/fake_issuer.h"

namespace vdiwatch::server {
namespace {

class OidcTest : public testing::Test {
 protected:
  OidcTest() { Use(issuer_.Config()); }

  void Use(const OidcConfig& config) {
    auto made = Oidc::Make(config, *site_.database.access, site_.clock);
    ASSERT_TRUE(made) << made.error().message;
    oidc_ = *std::move(made);
    site_.UseOidc(oidc_.get());
  }

  // One browser on its way; what it was sent and what it holds.
  struct Trip {
    std::string url, cookie, state, code;
  };
  Trip Begin(const std::string& return_to = "/pools") {
    const HttpResponse begun =
        site_.Send(Request("GET", "/api/v1/sign-in/oidc?return_to=" + PercentEncode(return_to)));
    EXPECT_EQ(begun.status, 303) << begun.body;
    Trip trip;
    trip.url = begun.Header("Location");
    const std::string_view cookie = begun.Header("Set-Cookie");
    trip.cookie = cookie.substr(0, cookie.find(';'));
    trip.state = QueryOf(trip.url).at("state");
    trip.code = issuer_.Authorize(trip.url);
    return trip;
  }
  HttpResponse Return(const Trip& trip, const std::string& more = "") {
    HttpRequest request = Request(
        "GET", "/api/v1/sign-in/oidc/callback?state=" + trip.state + "&code=" + trip.code + more);
    request.headers["sec-fetch-site"] = "cross-site";
    request.headers["cookie"] = trip.cookie;
    return site_.Send(request);
  }
  void ExpectProblem(const HttpResponse& response, const std::string& code) {
    EXPECT_EQ(response.status, 303) << response.body;
    EXPECT_EQ(response.Header("Location"), "/sign-in?problem=" + code);
    EXPECT_EQ(SessionOf(response), "");
  }
  // What happens with a token of these claims.
  void ExpectRefused(const Json& claims, const std::string& code = "failed") {
    issuer_.claims = claims;
    ExpectProblem(Return(Begin()), code);
    issuer_.claims = Json::object();
  }
  // The session's cookie of an answer, as a browser would send it; or empty.
  static std::string SessionOf(const HttpResponse& response) {
    for (const auto& [name, value] : response.headers) {
      const bool set = name == "Set-Cookie" && value.starts_with("__Host-vdiwatch=");
      if (set) return value.substr(0, value.find(';'));
    }
    return "";
  }
  HttpResponse Get(const std::string& target, const std::string& cookie) {
    HttpRequest request = Request("GET", target);
    request.headers["cookie"] = cookie;
    return site_.Send(request);
  }

  TestSite site_;
  FakeIssuer issuer_{site_.clock};
  std::unique_ptr<Oidc> oidc_;
};

TEST_F(OidcTest, SignsInWithRoleAndPoolsAndLeadsBack) {
  const Trip trip = Begin("/desktops?pool=citrix");
  const auto asked = QueryOf(trip.url);
  EXPECT_EQ(asked.at("response_type"), "code");
  EXPECT_EQ(asked.at("code_challenge_method"), "S256");
  EXPECT_EQ(asked.at("redirect_uri"), "https://localhost:7444/api/v1/sign-in/oidc/callback");
  EXPECT_EQ(asked.at("scope"), "openid profile email");
  const HttpResponse back = Return(trip);
  EXPECT_EQ(back.status, 303) << back.body;
  EXPECT_EQ(back.Header("Location"), "/desktops?pool=citrix");
  const Json session = BodyOf(Get("/api/v1/session", SessionOf(back)));
  EXPECT_EQ(session["user"], "ada@corp.example");
  EXPECT_EQ(session["role"], "viewer");
  EXPECT_EQ(session["pools"], Json::array({"citrix"}));
  const auto user = site_.database.access->FindUser("ada@corp.example");
  EXPECT_EQ((*user)->subject, issuer_.issuer() + " 248289761001");
}

TEST_F(OidcTest, TheCookiesAreTheHostsOwnAndUnreadable) {
  const HttpResponse begun = site_.Send(Request("GET", "/api/v1/sign-in/oidc"));
  const std::string attempt(begun.Header("Set-Cookie"));
  EXPECT_TRUE(attempt.starts_with("__Host-vdiwatch-sign-in=")) << attempt;
  EXPECT_NE(attempt.find("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"),
            std::string::npos);
}

TEST_F(OidcTest, RolesFollowTheProviderAtEachSignIn) {
  const std::string before = SessionOf(Return(Begin()));
  issuer_.claims = {{"roles", {"reader", "chief"}}, {"preferred_username", "ada2@corp.example"}};
  const std::string after = SessionOf(Return(Begin()));
  const Json session = BodyOf(Get("/api/v1/session", after));
  EXPECT_EQ(session["role"], "administrator");
  EXPECT_EQ(session["pools"], Json::array());
  EXPECT_EQ(session["user"], "ada@corp.example") << "one person, whatever they are called now";
}

TEST_F(OidcTest, AStateIsForOneUse) {
  const Trip trip = Begin();
  EXPECT_EQ(Return(trip).Header("Location"), "/pools");
  ExpectProblem(Return(trip), "expired");
}

TEST_F(OidcTest, ACodeIsForOneUseToo) {
  const Trip first = Begin();
  ASSERT_EQ(Return(first).Header("Location"), "/pools");
  Trip second = Begin();
  second.code = first.code;
  ExpectProblem(Return(second), "failed");
}

TEST_F(OidcTest, ACodeOfAnotherSignInFailsOnPkce) {
  const Trip stolen = Begin();
  Trip own = Begin();
  own.code = stolen.code;
  ExpectProblem(Return(own), "failed");
}

TEST_F(OidcTest, AStateIsTiedToItsBrowser) {
  Trip planted = Begin();
  planted.cookie = Begin().cookie;
  ExpectProblem(Return(planted), "expired");
  Trip bare = Begin();
  bare.cookie = "";
  ExpectProblem(Return(bare), "expired");
}

TEST_F(OidcTest, AStateExpires) {
  const Trip trip = Begin();
  site_.clock.Advance(Seconds(10 * 60));
  ExpectProblem(Return(trip), "expired");
}

TEST_F(OidcTest, TokensOfOthersAndOtherTimesAreRefused) {
  const std::int64_t now = ToUnix(site_.clock.Now());
  ExpectRefused({{"nonce", "another"}});
  ExpectRefused({{"nonce", nullptr}});
  ExpectRefused({{"aud", "another"}});
  ExpectRefused({{"aud", {"vdiwatch", "another"}}});
  ExpectRefused({{"azp", "another"}});
  ExpectRefused({{"iss", "https://login.evil.example"}});
  ExpectRefused({{"exp", now - 120}});
  ExpectRefused({{"exp", nullptr}});
  ExpectRefused({{"iat", now + 121}});
  ExpectRefused({{"nbf", now + 121}});
  ExpectRefused({{"sub", ""}});
  ExpectRefused({{"_claim_names", {{"roles", "src1"}}}, {"roles", nullptr}});
  ExpectRefused({{"roles", {"stranger"}}}, "no_role");
  ExpectRefused({{"roles", nullptr}}, "no_role");
}

TEST_F(OidcTest, ClocksMayBeALittleOff) {
  const std::int64_t now = ToUnix(site_.clock.Now());
  issuer_.claims = {{"exp", now - 119}, {"iat", now + 120}, {"aud", {"vdiwatch"}}};
  EXPECT_EQ(Return(Begin()).Header("Location"), "/pools");
}

TEST_F(OidcTest, OtherSignaturesAreRefused) {
  const SigningKey& good = issuer_.keys.front();
  const SigningKey other("key-1", "RS256"), unknown("key-9", "RS256"), curve("key-1", "ES256");
  const auto refused = [&](const auto& sign) {
    issuer_.sign = sign;
    ExpectProblem(Return(Begin()), "failed");
  };
  refused([&](const Json& claims) { return other.Sign(claims); });
  refused([&](const Json& claims) { return unknown.Sign(claims); });
  refused([&](const Json& claims) { return curve.Sign(claims); });
  refused([&](const Json& claims) {
    return good.Sign({{"alg", "RS256"}, {"kid", "key-1"}, {"crit", {"x"}}}, claims);
  });
  refused([&](const Json& claims) {  // of another payload
    const std::string token = good.Sign(claims), theirs = other.Sign({{"sub", "admin"}});
    return token.substr(0, token.find('.')) + theirs.substr(theirs.find('.'));
  });
  const auto unsigned_part = [](const char* algorithm, const Json& claims) {
    return Base64Url(Json{{"alg", algorithm}, {"kid", "key-1"}}.dump()) + "." +
           Base64Url(claims.dump());
  };
  for (const char* none : {"none", "None", "NONE"}) {
    refused([&](const Json& claims) { return unsigned_part(none, claims) + "."; });
  }
  refused([&](const Json& claims) {  // HS256, with the public key as its secret
    const std::string part = unsigned_part("HS256", claims);
    return part + "." + Base64Url(HmacSha256(good.Jwk().dump(), part));
  });
  refused([](const Json&) { return std::string("no.token"); });
}

TEST_F(OidcTest, KeysAreRotated) {
  ASSERT_EQ(Return(Begin()).Header("Location"), "/pools");
  EXPECT_EQ(issuer_.key_requests, 1);
  ASSERT_EQ(Return(Begin()).Header("Location"), "/pools");
  EXPECT_EQ(issuer_.key_requests, 1) << "they are kept";
  EXPECT_EQ(issuer_.discovery_requests, 1);
  issuer_.keys = {SigningKey("key-2", "RS256")};
  site_.clock.Advance(Seconds(10));
  EXPECT_EQ(Return(Begin()).Header("Location"), "/pools");
  EXPECT_EQ(issuer_.key_requests, 2);
}

TEST_F(OidcTest, UnknownKeysDoNotMakeUsAskAgainAndAgain) {
  ASSERT_EQ(Return(Begin()).Header("Location"), "/pools");
  const SigningKey unknown("key-9", "RS256");
  issuer_.sign = [&](const Json& claims) { return unknown.Sign(claims); };
  for (int i = 0; i < 5; ++i) ExpectProblem(Return(Begin()), "failed");
  EXPECT_EQ(issuer_.key_requests, 1);
  site_.clock.Advance(Seconds(10));
  for (int i = 0; i < 5; ++i) ExpectProblem(Return(Begin()), "failed");
  EXPECT_EQ(issuer_.key_requests, 2);
}

TEST_F(OidcTest, AWithdrawnKeyIsForgottenWithinTheHour) {
  ASSERT_EQ(Return(Begin()).Header("Location"), "/pools");
  const SigningKey withdrawn = issuer_.keys.front();
  issuer_.keys = {SigningKey("key-2", "RS256")};
  issuer_.sign = [&](const Json& claims) { return withdrawn.Sign(claims); };
  site_.clock.Advance(Seconds(60 * 60));
  ExpectProblem(Return(Begin()), "failed");
}

TEST_F(OidcTest, EllipticCurvesWorkWhereTheyAreConfigured) {
  OidcConfig config = issuer_.Config();
  config.algorithm = "ES256";
  Use(config);
  const SigningKey rsa = issuer_.keys.front();
  issuer_.keys = {rsa, SigningKey("key-2", "ES256")};
  issuer_.sign = [&](const Json& claims) { return issuer_.keys.back().Sign(claims); };
  EXPECT_EQ(Return(Begin()).Header("Location"), "/pools");
  issuer_.sign = [&](const Json& claims) { return rsa.Sign(claims); };
  ExpectProblem(Return(Begin()), "failed");
}

TEST_F(OidcTest, ShortKeysAreNone) {
  issuer_.keys = {SigningKey("key-1", "RS256", 1024)};
  ExpectProblem(Return(Begin()), "failed");
}

TEST_F(OidcTest, WhatTheProviderRefusesIsSaid) {
  const Trip trip = Begin();
  HttpRequest request =
      Request("GET", "/api/v1/sign-in/oidc/callback?error=access_denied&state=" + trip.state +
                         "&error_description=no");
  request.headers["cookie"] = trip.cookie;
  ExpectProblem(site_.Send(request), "refused");
  ExpectProblem(Return(trip), "expired");
}

TEST_F(OidcTest, AnAnswerOfAnotherIssuerIsRefusedAndUnknownParametersAreBorne) {
  ExpectProblem(Return(Begin(), "&iss=" + PercentEncode("https://login.evil.example")), "failed");
  const std::string more = "&session_state=abc&iss=" + PercentEncode(issuer_.issuer());
  EXPECT_EQ(Return(Begin(), more).Header("Location"), "/pools");
}

TEST_F(OidcTest, LeadsOnlyToPathsOfItsOwn) {
  for (const char* foreign :
       {"https://evil.example", "//evil.example", "/\\evil.example", "pools", "/a\nb", ""}) {
    const HttpResponse begun = site_.Send(
        Request("GET", std::string("/api/v1/sign-in/oidc?return_to=") + PercentEncode(foreign)));
    EXPECT_EQ(begun.status, 400) << foreign;
  }
  EXPECT_EQ(site_.Send(Request("GET", "/api/v1/sign-in/oidc")).status, 303);
}

TEST_F(OidcTest, AProviderThatIsAwayIsSaidAndComesBack) {
  issuer_.down = true;
  ExpectProblem(site_.Send(Request("GET", "/api/v1/sign-in/oidc")), "unavailable");
  issuer_.down = false;
  ExpectProblem(site_.Send(Request("GET", "/api/v1/sign-in/oidc")), "unavailable");
  site_.clock.Advance(Seconds(10));  // it is left alone until then
  const Trip trip = Begin();
  issuer_.down = true;
  ExpectProblem(Return(trip), "unavailable");
}

TEST_F(OidcTest, AnIssuerOfAnotherNameOrCertificateIsNotTrusted) {
  OidcConfig config = issuer_.Config();
  config.issuer += "/";
  Use(config);
  ExpectProblem(site_.Send(Request("GET", "/api/v1/sign-in/oidc")), "failed");
  config = issuer_.Config();
  config.ca_file = "";  // the system's authorities do not know it
  Use(config);
  ExpectProblem(site_.Send(Request("GET", "/api/v1/sign-in/oidc")), "unavailable");
  config = issuer_.Config();
  config.issuer.replace(config.issuer.find("localhost"), 9, "127.0.0.1");  // not in its certificate
  Use(config);
  ExpectProblem(site_.Send(Request("GET", "/api/v1/sign-in/oidc")), "unavailable");
}

TEST_F(OidcTest, ALocalUserOfTheSameNameIsNotTakenOver) {
  site_.AddUser("admin", Role::kAdministrator);
  ExpectRefused({{"preferred_username", "admin"}}, "name_taken");
  EXPECT_TRUE((*site_.database.access->FindUser("admin"))->local());
}

TEST_F(OidcTest, NobodyIsCalledLikeAToken) {
  ExpectRefused({{"preferred_username", "token:ci"}}, "name_taken");
  ExpectRefused({{"preferred_username", "local:root"}}, "name_taken");
}

TEST_F(OidcTest, WhatIsKnownServesWhileTheProviderIsAway) {
  ASSERT_EQ(Return(Begin()).Header("Location"), "/pools");
  issuer_.down = true;
  site_.clock.Advance(Seconds(2 * 60 * 60));
  EXPECT_EQ(site_.Send(Request("GET", "/api/v1/sign-in/oidc")).status, 303);
}

TEST_F(OidcTest, ADisabledUserStaysOut) {
  const std::string session = SessionOf(Return(Begin()));
  auto user = **site_.database.access->FindUser("ada@corp.example");
  user.disabled = true;
  ASSERT_TRUE(site_.database.access->SaveUser(user));
  EXPECT_EQ(Get("/api/v1/session", session).status, 401);
  ExpectProblem(Return(Begin()), "disabled");
}

TEST_F(OidcTest, SigningOutLeadsToTheProvider) {
  const std::string cookie = SessionOf(Return(Begin()));
  const Json session = BodyOf(Get("/api/v1/session", cookie));
  HttpRequest request = Request("DELETE", "/api/v1/session");
  request.headers["cookie"] = cookie;
  request.headers["x-csrf-token"] = session["csrf"];
  const HttpResponse out = site_.Send(request);
  ASSERT_EQ(out.status, 200) << out.body;
  const std::string url = BodyOf(out)["continue"];
  EXPECT_TRUE(url.starts_with(issuer_.issuer() + "/end?")) << url;
  const auto asked = QueryOf(url);
  EXPECT_EQ(asked.at("post_logout_redirect_uri"), "https://localhost:7444/");
  EXPECT_EQ(asked.at("client_id"), "vdiwatch");
  EXPECT_TRUE(ReadSignedToken(asked.at("id_token_hint")));
  EXPECT_EQ(Get("/api/v1/session", cookie).status, 401);
}

TEST_F(OidcTest, TheSignInPageLearnsTheWays) {
  const Json ways = BodyOf(site_.Send(Request("GET", "/api/v1/sign-in")));
  EXPECT_EQ(ways["password"], true);
  EXPECT_EQ(ways["oidc"]["url"], "/api/v1/sign-in/oidc");
  site_.UseOidc(nullptr);
  EXPECT_EQ(BodyOf(site_.Send(Request("GET", "/api/v1/sign-in")))["oidc"], nullptr);
  EXPECT_EQ(site_.Send(Request("GET", "/api/v1/sign-in/oidc")).status, 404);
}

TEST_F(OidcTest, BeginningAgainAndAgainIsSlowed) {
  int heard = 0;
  while (heard < 400 && site_.Send(Request("GET", "/api/v1/sign-in/oidc")).status == 303) ++heard;
  EXPECT_EQ(heard, 300);
  site_.clock.Advance(Seconds(1));
  EXPECT_EQ(site_.Send(Request("GET", "/api/v1/sign-in/oidc")).status, 303);
}

TEST_F(OidcTest, AMissingSecretIsNamed) {
  OidcConfig config = issuer_.Config();
  config.client_secret_file = "/nonexistent/secret";
  const auto made = Oidc::Make(config, *site_.database.access, site_.clock);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("/nonexistent/secret"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::server
