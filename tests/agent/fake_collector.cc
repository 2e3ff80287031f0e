#include "tests/agent/fake_collector.h"

#include <openssl/pem.h>

#include "agent/openssl.h"
#include "base/digest.h"

namespace vdiwatch::agent {
namespace {

HttpReply Refusal(int status, const std::string& message) {
  Json body = {{"error", {{"kind", "denied"}, {"message", message}}}};
  return {.status = status, .body = body.dump(), .retry_after = {}};
}

HttpReply Ok(const Json& json) { return {.status = 200, .body = json.dump(), .retry_after = {}}; }

}  // namespace

std::string PublicKeyOf(const std::string& pem) {
  KeyPtr key;
  if (CertificatePtr certificate = CertificateFromPem(pem)) {
    key.reset(X509_get_pubkey(certificate.get()));
  } else if (CsrPtr csr = CsrFromPem(pem)) {
    key.reset(X509_REQ_get_pubkey(csr.get()));
  } else {
    key = KeyFromPem(pem);
  }
  if (!key) return "";
  BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key.get());
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

void FakeCollector::Present(std::string_view certificate, std::string_view key) {
  certificate_ = certificate;
  key_ = key;
}

Result<HttpReply> FakeCollector::Post(std::string_view target, std::string_view body,
                                      std::string_view bearer) {
  ++posts;
  if (away) return Unavailable("the collector cannot be used: Connection refused");
  if (refuse) return *refuse;
  HttpReply reply = target == "/v1/enrol"   ? Enrol(body, bearer)
                    : target == "/v1/renew" ? Renew(body)
                                            : CheckIn(body);
  if (!lose_next_answer) return reply;
  lose_next_answer = false;
  return Unavailable("the collector cannot be used: no answer in time");
}

HttpReply FakeCollector::Certified(const std::string& csr) {
  Time now = clock_.Now() + clock_offset;
  EnrolResponse response{
      .certificate = authority_.IssueClient(csr, now - Seconds(3600), now + certificate_life),
      .ca = authority_.certificate(),
      .pool = pool};
  return Ok(ToJson(response));
}

HttpReply FakeCollector::Enrol(std::string_view body, std::string_view bearer) {
  if (bearer != token) return Refusal(401, "this enrolment token is not known here");
  auto request = ParseEnrolRequest(body);
  if (!request) return Refusal(400, request.error().message);
  std::string key = PublicKeyOf(request->csr);
  if (retired_.contains(key)) return Refusal(409, "this key has served before");
  known_.insert(key);
  enrolled.push_back(request->csr);
  replaced.push_back(request->replaces);
  return Certified(request->csr);
}

HttpReply FakeCollector::Renew(std::string_view body) {
  auto request = ParseRenewRequest(body);
  if (!request) return Refusal(400, request.error().message);
  if (!known_.contains(PublicKeyOf(certificate_))) return Refusal(401, "not known here");
  ++renewals;
  return Certified(request->csr);
}

HttpReply FakeCollector::CheckIn(std::string_view body) {
  std::string key = PublicKeyOf(certificate_);
  if (!known_.contains(key)) return Refusal(401, "this certificate is not known here");
  auto request = ParseCheckInRequest(body);
  if (!request) return Refusal(400, request.error().message);
  Held& held = held_[key];
  if (request->sequence > held.sequence + 1'000'000) return Refusal(409, "out of reach");
  const bool repeat =
      deaf || (held.boot_id == request->boot_id && request->sequence <= held.sequence);
  if (!repeat) {
    check_ins.push_back({key, *request});
    held = {request->boot_id, request->sequence};
  }
  CheckInResponse response;
  if (repeat) ++repeats;
  if (repeat) response.sequence = deaf ? request->sequence : held.sequence;
  response.server_time = clock_.Now() + clock_offset;
  response.pool = pool;
  response.desktop = "d1";
  if (always_enrol_anew || retired_.contains(key)) {
    response.need = {"enrol"};
    return Ok(ToJson(response));
  }
  if (request->facts) blobs_.insert(request->facts_digest);
  if (request->readings) blobs_.insert(request->readings_digest);
  if (ask_forever || !blobs_.contains(request->facts_digest)) response.need.push_back("facts");
  if (!request->readings_digest.empty() && !blobs_.contains(request->readings_digest)) {
    response.need.push_back("readings");
  }
  if (!response.need.empty()) return Ok(ToJson(response));
  response.verdict = "tag of " + grade;
  if (request->verdict != response.verdict) {
    response.grade = grade;
    response.rules = {{"hypervisor-supported", grade, "The desktop runs on vmware."}};
    response.passed = {"wsl-2"};
  }
  response.next_in_s = interval.count();
  return Ok(ToJson(response));
}

}  // namespace vdiwatch::agent
