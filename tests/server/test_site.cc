#include "tests/server/test_site.h"

#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "collector/profile.h"
#include "collector/store/access_store.h"
#include "policy/evaluate.h"
#include "policy/waive.h"
#include "report/fact_set.h"
#include "server/secrets.h"
#include "server/system.h"
#include "tests/server/described.h"

namespace vdiwatch::server {
namespace {

constexpr char kPolicy[] = R"(
pack: test
version: "7"
source: {title: A page, url: https://vendor.example/vdi, as_of: 2025-06-01}
rules:
  - id: hypervisor
    title: A supported hypervisor
    severity: critical
    section: Hypervisors
    require: {platform.kind: {in: [vmware, azure]}}
    because: Others are not tested.
    remediation: Move it to VMware.
    contact: hypervisor vendor
  - id: persistent
    title: It keeps its disk
    severity: major
    require: {persistence.verdict: persistent}
    remediation: Make it persistent.
  - id: advice
    title: Enough memory
    severity: info
    require: {memory.total_mib: {ge: 12288}}
---
pools:
  - name: citrix
    docker: required
    expected_members: 40
    attributes: {owner: Citrix Operations, site: Leeds}
---
waivers:
  - {id: lab, rule: hypervisor, desktop: xen-09, owner: jane, reason: it moves, expires: 2026-12-31}
  - {id: over, rule: hypervisor, pool: xen, owner: jane, reason: it moved, expires: 2026-11-17}
  - {id: soon, rule: persistent, pool: citrix, owner: joe, reason: later, starts: 2026-12-01, expires: 2026-12-31}
  - {id: idle, rule: persistent, pool: finance, owner: joe, reason: not needed, expires: 2026-12-31}
)";

template <class T>
T Must(Result<T> result) {
  if (!result) ADD_FAILURE() << result.error().message;
  return result ? std::move(result).value() : T{};
}

void Must(Result<void> result) {
  if (!result) ADD_FAILURE() << result.error().message;
}

}  // namespace

TestDirectory::TestDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "vdiwatch-server-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

TestDirectory::~TestDirectory() { std::filesystem::remove_all(path_); }

std::filesystem::path TestDirectory::Write(const std::string& name, const std::string& text) const {
  const auto file = path_ / name;
  Must(WriteFile(file, text, FileMode::kPrivate));
  return file;
}

TestSite::TestSite() {
  database = Must(collector::OpenSqlite(directory_.path() / "vdiwatch.db"));
  policy_ = std::make_shared<const policy::PolicySet>(
      Must(policy::RequireGood(policy::LoadPolicy({{"test.yaml", kPolicy}}))));
  Must(database.store->SavePolicySet(policy_->digest, Json{{"test.yaml", kPolicy}}.dump(), kStart));
  access_ = std::make_unique<Access>(*database.access, clock, log_);
  services_ = std::make_unique<Services>(Services{*database.store, *database.reader,
                                                  *database.access, *access_,
                                                  [this] {
                                                    return PolicyStatus{policy_, kStart, ""};
                                                  },
                                                  clock, log_, Seconds(900), false});
  services_->past = database.past.get();
  services_->reports = database.reports.get();
  verdicts_ = std::make_unique<VerdictIndex>(*database.index);
  services_->trends = database.trends.get();
  services_->index = database.index.get();
  services_->verdicts = verdicts_.get();
  services_->system = []() -> Result<SystemFacts> {
    return SystemFacts{.started_at = kStart,
                       .agents = {"127.0.0.1", 7443},
                       .people = {"127.0.0.1", 7444},
                       .certificates = {{"agents", "localhost", kStart + Seconds(10 * 86'400)},
                                        {"people", "localhost", kStart + Seconds(10 * 86'400)}},
                       .data_dir = "/var/lib/vdiwatch",
                       .policy_dir = "",
                       .keep_history = Seconds(400LL * 86'400)};
  };
  services_->feed = database.feed.get();
}

std::int64_t TestSite::PoolId(const std::string& pool) {
  return Must(database.store->EnsurePool(pool)).id;
}

collector::Desktop TestSite::AddDesktop(const std::string& pool, const std::string& host,
                                        const Facts& facts, collector::Presence presence) {
  collector::Desktop desktop;
  desktop.id = RandomId();
  desktop.pool_id = PoolId(pool);
  desktop.slot = "domain:corp.example/" + pool + host;
  desktop.claims.host_name = host;
  desktop.claims.domain = "corp.example";
  desktop.presence = presence;
  desktop.created_at = kStart;
  desktop.last_seen = kStart;
  desktop.boots = {3, 0, 0};
  desktop.os = "windows";
  desktop.agent_version = "0.1.0";
  desktop.facts_digest = FactSetDigest(facts);
  const Facts derived = collector::DerivedFacts(desktop, facts);
  const collector::Profile profile = collector::MakeProfile(
      desktop.pool_id, desktop.facts_digest, {}, derived,
      policy::WaiversNaming(*policy_, {collector::IdText(desktop.id), host, pool}));
  desktop.profile = profile.digest;

  Facts all = facts;
  all.insert(derived.begin(), derived.end());
  const policy::Verdict verdict =
      collector::JudgeProfileFacts(*policy_, profile, pool, all, kStart);
  collector::Changes changes;
  changes.at = kStart;
  changes.policy = policy_->digest;
  changes.fact_sets = {{desktop.facts_digest, FactSetText(facts)}};
  changes.profiles = {profile};
  changes.verdicts = {
      {profile.digest, verdict.grade, policy::VerdictToJson(verdict, all).dump(), std::nullopt}};
  changes.desktops = {desktop};
  changes.events = {{desktop.id, kStart, "enrolled", "with a token"}};
  Must(database.store->Commit(changes));
  return desktop;
}

void TestSite::SetPoolState(const std::string& pool, policy::Grade grade,
                            const std::string& reasons) {
  const collector::PoolChange change{PoolId(pool), {grade, kStart, {}}, reasons, true};
  Must(database.store->CommitPools(std::span(&change, 1), policy_->digest, {}, kStart));
}

void TestSite::AddUser(const std::string& name, Role role) {
  static const std::string kHash = Must(HashPassword(kPassword));
  Must(database.access->SaveUser({name, kHash, std::string(ToString(role))}));
}

std::string TestSite::NewApiToken(Role role, Seconds lifetime, const PoolScope& pools) {
  const std::string text = server::NewApiToken();
  const Time now = clock.Now();
  Must(database.access->SaveApiToken(
      {Sha256(text), "test", std::string(ToString(role)), now, now + lifetime, pools}));
  return text;
}

HttpResponse TestSite::Send(const HttpRequest& request) {
  static constexpr Asset kAssets[] = {
      {"/index.html", "text/html; charset=utf-8", "\"i1\"", "<!doctype html>", ""},
      {"/assets/app-3f2a.js", "text/javascript", "\"a1\"", "let plain;", "zipped"}};
  HttpResponse response = Answer(*services_, kAssets, request);
  ExpectDescribed(request.method, request.path, response);
  return response;
}

HttpResponse TestSite::Get(const std::string& target, Role role) {
  HttpRequest request = Request("GET", target);
  request.headers["authorization"] = "Bearer " + NewApiToken(role);
  return Send(request);
}

Json TestSite::GetJson(const std::string& target, Role role) {
  const HttpResponse response = Get(target, role);
  EXPECT_EQ(response.status, 200) << target << ": " << response.body;
  return BodyOf(response);
}

HttpResponse TestSite::Post(const std::string& target, const Json& body, Role role) {
  HttpRequest request = Request("POST", target);
  request.headers["content-type"] = "application/json";
  request.headers["authorization"] = "Bearer " + NewApiToken(role);
  request.body = body.dump();
  return Send(request);
}

HttpResponse TestSite::SignIn(const std::string& name, const std::string& password,
                              const std::string& ip) {
  HttpRequest request = Request("POST", "/api/v1/session");
  request.headers["content-type"] = "application/json";
  request.remote_ip = ip;
  request.body = Json{{"user", name}, {"password", password}}.dump();
  return Send(request);
}

HttpRequest Request(const std::string& method, const std::string& target) {
  HttpRequest request;
  request.method = method;
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  if (mark < target.size()) request.query = Must(ParseQuery(target.substr(mark + 1)));
  request.headers = {{"host", "localhost:7444"}, {"sec-fetch-site", "same-origin"}};
  request.remote_ip = "192.0.2.1";
  request.id = "0123456789abcdef";
  return request;
}

HttpRequest BySession(HttpRequest request, const HttpResponse& signed_in) {
  const std::string_view cookie = signed_in.Header("Set-Cookie");
  request.headers["cookie"] = cookie.substr(0, cookie.find(';'));
  request.headers["x-csrf-token"] = BodyOf(signed_in).value("csrf", "");
  return request;
}

Json BodyOf(const HttpResponse& response) { return Must(ParseJson(response.body, "the answer")); }

Facts GoodFacts() {
  return {{"platform.kind", Known("vmware")},
          {"memory.total_mib", Known(FactValue(std::int64_t{16384}))},
          {"persistence.declared", Known("persistent")}};
}

Facts XenFacts() {
  Facts facts = GoodFacts();
  facts["platform.kind"] = Known("xen_server");
  return facts;
}

}  // namespace vdiwatch::server
