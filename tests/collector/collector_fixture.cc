#include "tests/collector/collector_fixture.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <future>

namespace vdiwatch::collector {

namespace fs = std::filesystem;

const char* const kTwoRules = R"(
pack: test
version: 1.0.0
source: {title: Test, url: "https://example.com/", as_of: 2026-01-01}
rules:
  - id: hypervisor
    title: The hypervisor is supported
    severity: critical
    section: One
    require: {platform.kind: {in: [vmware, azure]}}
    otherwise: noncompliant
    remediation: Move it.
    contact: hypervisor vendor
  - id: persistent
    title: The desktop keeps its disk
    severity: critical
    section: Two
    require: {persistence.verdict: persistent}
    otherwise: noncompliant
    remediation: Make it persistent.
    contact: VDI team
)";

policy::PolicySet PolicyFrom(const std::string& text) {
  return *policy::RequireGood(policy::LoadPolicy({{"test.yaml", text}}));
}

void Seat::Reset(std::string boot_id, Time now) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), X509_REQ_free);
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  X509_REQ_set_pubkey(request.get(), pair.get());
  X509_REQ_sign(request.get(), pair.get(), EVP_sha256());
  PEM_write_bio_X509_REQ(out.get(), request.get());
  char* bytes = nullptr;
  auto size = BIO_get_mem_data(out.get(), &bytes);
  csr.assign(bytes, static_cast<std::size_t>(size));
  key = CheckCsr(csr)->key;
  report.canary = {Hex(RandomBytes(4)), now, 1};
  Reboot(std::move(boot_id));
}

void Seat::Reboot(std::string boot_id) {
  report.boot_id = std::move(boot_id);
  report.sequence = 0;
}

CollectorTest::CollectorTest() {
  fs::create_directories(folder_);
  ca_.emplace(*Ca::OpenOrCreate(folder_, clock_.Now()));
  database_ = *OpenSqlite(folder_ / "store.db");
  token_ = *CreateEnrolToken(*database_.store,
                             {.pool = "finance",
                              .expires_at = clock_.Now() + Seconds(86400 * 365),
                              .max_uses = 3,
                              .cidr = "",
                              .note = ""},
                             clock_.Now());
  Start(kTwoRules);
}

CollectorTest::~CollectorTest() {
  collector_.reset();
  database_ = {};
  fs::remove_all(folder_);
}

void CollectorTest::Start(const std::string& pack) {
  auto started = Collector::Start({}, database_.store, *ca_, PolicyFrom(pack), pack, clock_, log_);
  ASSERT_TRUE(started) << started.error().message;
  collector_ = std::move(*started);
}

Response CollectorTest::Post(const std::string& target, const Json& body, const std::string& bearer,
                             const std::string& key) {
  RequestHead head{.method = "POST",
                   .target = target,
                   .peer = {},
                   .bearer = bearer,
                   .remote_ip = "127.0.0.1",
                   .content_length = body.dump().size()};
  if (!key.empty()) head.peer = PeerCertificate{key, clock_.Now() + Seconds(60)};
  if (auto refused = collector_->Admit(head)) return *refused;
  std::promise<Response> answer;
  collector_->Handle(head, body.dump(), [&](Response r) { answer.set_value(std::move(r)); });
  return answer.get_future().get();
}

Seat CollectorTest::NewSeat(const std::string& host, const std::string& platform) {
  Seat seat;
  seat.report.agent_version = "0.1.0";
  seat.report.os = "windows";
  seat.report.claims.host_name = host;
  seat.report.claims.domain = "corp.example";
  seat.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-" + Hex(host).substr(0, 12);
  seat.facts = {{"platform.kind", Known(platform.c_str())},
                {"persistence.declared", Unknown(Missing::kAbsent)}};
  seat.Reset("boot-1", clock_.Now());
  return seat;
}

Response CollectorTest::Enrol(const Seat& seat, const std::string& token) {
  EnrolRequest request{seat.csr, seat.report.claims, seat.report.boot_id, ""};
  return Post("/v1/enrol", ToJson(request), token, "");
}

CheckInResponse CollectorTest::Report(Seat& seat) {
  CheckInResponse answer;
  for (int turn = 0; turn < 3; ++turn) {
    ++seat.report.sequence;
    seat.report.sent_at = clock_.Now();
    seat.report.facts_digest = FactSetDigest(seat.facts);
    Response response = Post("/v1/check-in", ToJson(seat.report), "", seat.key);
    EXPECT_EQ(response.status, 200) << response.body;
    if (response.status != 200) return answer;
    answer = *ParseCheckInResponse(response.body);
    seat.report.facts.reset();
    if (answer.need != std::vector<std::string>{"facts"}) return answer;
    seat.report.facts = seat.facts;
  }
  return answer;
}

CheckInResponse CollectorTest::Live(Seat& seat, int boots) {
  EXPECT_EQ(Enrol(seat, token_).status, 200);
  auto answer = Report(seat);
  for (int boot = 2; boot <= boots; ++boot) {
    seat.Reboot("boot-" + std::to_string(boot));
    ++seat.report.canary.boots;
    answer = Report(seat);
  }
  return answer;
}

PoolSummary CollectorTest::Finance() {
  EXPECT_TRUE(collector_->SweepNow());
  return database_.reader->PoolSummaries()->at(0);
}

}  // namespace vdiwatch::collector
