#pragma once

#include <string>

#include "tests/server/test_site.h"

namespace vdiwatch::server {

// A local user who is signed in, and their browser.
class Person {
 public:
  Person(TestSite& site, const std::string& name, Role role) : site_(site) {
    site.AddUser(name, role);
    SignIn(name);
  }
  void SignIn(const std::string& name, const std::string& password = kPassword) {
    signed_in_ = site_.SignIn(name, password);
    EXPECT_EQ(signed_in_.status, 200) << signed_in_.body;
  }
  HttpResponse Send(const std::string& method, const std::string& target,
                    const Json& body = nullptr, const std::string& if_match = "") {
    HttpRequest request = BySession(Request(method, target), signed_in_);
    if (!body.is_null()) {
      request.headers["content-type"] = "application/json";
      request.body = body.dump();
    }
    if (!if_match.empty()) request.headers["if-match"] = if_match;
    return site_.Send(request);
  }
  Json Get(const std::string& target) {
    const HttpResponse response = Send("GET", target);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return BodyOf(response);
  }
  // PATCH or DELETE of what is there now.
  HttpResponse Change(const std::string& method, const std::string& target,
                      const Json& body = nullptr) {
    return Send(method, target, body, std::string(Send("GET", target).Header("ETag")));
  }
  const HttpResponse& signed_in() const { return signed_in_; }

 private:
  TestSite& site_;
  HttpResponse signed_in_;
};

}  // namespace vdiwatch::server
