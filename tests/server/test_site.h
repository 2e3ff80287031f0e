#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "collector/store/open.h"
#include "report/fact.h"
#include "server/access.h"
#include "server/answer.h"
#include "server/route.h"
#include "server/verdict_index.h"

namespace vdiwatch::server {

inline const Time kStart = FromUnix(1'795'000'000);
inline constexpr char kPassword[] = "correct horse battery";

// A directory of its own for one test, gone afterwards.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }
  // Writes a file into it and answers its path.
  std::filesystem::path Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

// The people's side over a real SQLite store, without a socket: requests go in, answers come out.
class TestSite {
 public:
  TestSite();

  // A desktop with these configuration facts, judged by the test's policy.
  collector::Desktop AddDesktop(const std::string& pool, const std::string& host,
                                const Facts& facts,
                                collector::Presence presence = collector::Presence::kLive);
  void SetPoolState(const std::string& pool, policy::Grade grade, const std::string& reasons);
  std::int64_t PoolId(const std::string& pool);

  void AddUser(const std::string& name, Role role);
  std::string NewApiToken(Role role, Seconds lifetime = Seconds(3600), const PoolScope& pools = {});

  HttpResponse Send(const HttpRequest& request);
  // GET with an API token of this role; the query is part of the target.
  HttpResponse Get(const std::string& target, Role role = Role::kViewer);
  Json GetJson(const std::string& target, Role role = Role::kViewer);  // expects 200
  // POST of JSON with an API token of this role.
  HttpResponse Post(const std::string& target, const Json& body, Role role);
  HttpResponse SignIn(const std::string& name, const std::string& password,
                      const std::string& ip = "192.0.2.1");

  ManualClock clock{kStart};
  collector::Database database;

 private:
  TestDirectory directory_;
  Log log_{Log::Level::kError};
  std::shared_ptr<const policy::PolicySet> policy_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<VerdictIndex> verdicts_;
  std::unique_ptr<Services> services_;
};

// A request as our own pages send it.
HttpRequest Request(const std::string& method, const std::string& target);
// The same with a session's cookie and CSRF token.
HttpRequest BySession(HttpRequest request, const HttpResponse& signed_in);
Json BodyOf(const HttpResponse& response);

Facts GoodFacts();  // VMware, persistent
Facts XenFacts();   // Citrix Hypervisor, persistent

}  // namespace vdiwatch::server
