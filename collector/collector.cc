#include "collector/collector.h"

#include <fmt/format.h>

#include <array>
#include <atomic>

#include "base/digest.h"
#include "collector/token.h"
#include "collector/writer.h"
#include "report/messages.h"

namespace vdiwatch::collector {
namespace {

// An expired but known certificate may still check in and renew for this long (DESIGN §6).
constexpr Seconds kExpiredGrace{180 * 24 * 60 * 60};

Error NoCertificate() { return Denied("this needs the agent's certificate; enrol with a token"); }

// 429; spread over a minute, or those who were refused together come back together.
Response TooMany(const char* what, Seconds wait) {
  Response response = ErrorResponse(429, Unavailable(what));
  auto random = static_cast<unsigned char>(RandomBytes(1)[0]);
  response.retry_after_s = static_cast<int>(wait.count()) + random % 60;
  return response;
}

class Daemon : public Collector {
 public:
  Daemon(CollectorOptions options, std::shared_ptr<Store> store, const Ca& ca,
         std::shared_ptr<const policy::PolicySet> policy, const Clock& clock, Log& log)
      : options_(options),
        store_(store),
        ca_(ca),
        clock_(clock),
        policy_(policy),
        enrolments_(options.enrolments, clock),
        wrong_tokens_(options.wrong_tokens, clock),
        faults_({.burst = 1}, clock),
        log_(log),
        writer_(options, store, ca.bundle(), policy, clock, log) {}

  Result<void> Start(const std::string& policy_text) {
    RETURN_IF_ERROR(store_->SavePolicySet(policy()->digest, policy_text, clock_.Now()));
    return writer_.Start();
  }

  std::optional<Response> Admit(const RequestHead& head) override {
    auto route = RouteOf(head);
    if (!route) return ErrorResponse(404, NotFound("there is no such address here"));
    if (head.method != "POST") return ErrorResponse(405, Invalid("only POST is understood here"));
    if (head.content_length > route->max_bytes) {
      return ErrorResponse(413,
                           Invalid(fmt::format("the body is over {} bytes", route->max_bytes)));
    }
    return route->needs_certificate ? AdmitCertificate(head) : AdmitToken(head);
  }

  void Handle(RequestHead head, std::string body, Reply reply) override {
    auto route = RouteOf(head);
    if (!route) return reply(ErrorResponse(404, NotFound("there is no such address here")));
    (this->*route->handle)(std::move(head), std::move(body), std::move(reply));
  }

  Result<void> SetPolicy(policy::PolicySet policy, std::string policy_text) override {
    auto adopted = std::make_shared<const policy::PolicySet>(std::move(policy));
    return writer_.Run([&]() -> Result<void> {
      RETURN_IF_ERROR(store_->SavePolicySet(adopted->digest, policy_text, clock_.Now()));
      RETURN_IF_ERROR(writer_.Adopt(adopted));
      policy_.store(adopted);
      return {};
    });
  }

  std::shared_ptr<const policy::PolicySet> policy() const override { return policy_.load(); }

  Result<void> SetAlertTimings(AlertTimings timings) override {
    return writer_.Run([&]() -> Result<void> {
      writer_.SetAlertTimings(std::move(timings));
      return {};
    });
  }

  Result<void> SweepNow() override {
    return writer_.Run([this] { return writer_.Sweep(); });
  }

  Seconds silent_for() const override { return writer_.silent_for(); }

 private:
  struct Route {
    std::string_view target;
    bool needs_certificate;
    std::size_t max_bytes;
    void (Daemon::*handle)(RequestHead, std::string, Reply);
  };

  static const Route* RouteOf(const RequestHead& head) {
    static constexpr Route kRoutes[] = {
        {"/v1/check-in", true, kMaxCheckInBytes, &Daemon::CheckIn},
        {"/v1/enrol", false, kMaxEnrolBytes, &Daemon::Enrol},
        {"/v1/renew", true, kMaxEnrolBytes, &Daemon::Renew},
    };
    for (const auto& route : kRoutes) {
      if (route.target == head.target) return &route;
    }
    return nullptr;
  }

  std::optional<Response> AdmitCertificate(const RequestHead& head) const {
    if (!head.peer) return ErrorResponse(401, NoCertificate());
    if (clock_.Now() > head.peer->not_after + kExpiredGrace) {
      return ErrorResponse(401, Denied(fmt::format("this certificate expired at {}",
                                                   FormatTime(head.peer->not_after))));
    }
    return std::nullopt;
  }

  // A guesser is slowed by its address, an enrolment loop by its token: a pool behind one address
  // is not kept waiting by either of another.
  std::optional<Response> AdmitToken(const RequestHead& head) {
    if (!head.bearer.starts_with(kEnrolTokenPrefix)) {
      return ErrorResponse(401, Denied("enrolment needs an enrolment token"));
    }
    auto token = store_->FindEnrolToken(TokenHash(head.bearer));
    if (!token) return Failed(token.error());
    if (!*token) {
      if (Seconds wait = wrong_tokens_.Take(head.remote_ip); wait > Seconds(0)) {
        return TooMany("too many unknown enrolment tokens from this address", wait);
      }
      return ErrorResponse(401, Denied("this enrolment token is not known here"));
    }
    auto allowed = CheckToken(**token, head.remote_ip, clock_.Now());
    if (!allowed) return ErrorResponse(allowed.error());
    if (Seconds wait = enrolments_.Take((*token)->hash); wait > Seconds(0)) {
      return TooMany("too many enrolments with this token", wait);
    }
    return std::nullopt;
  }

  // Strangers come this far: a line a minute, however many they are.
  Response Failed(const Error& error) {
    Response response = ErrorResponse(error);
    if (!response.cause.empty() && faults_.Take("") == Seconds(0)) {
      log_.Error("enrolment: {}", response.cause);
    }
    return response;
  }

  void CheckIn(RequestHead head, std::string body, Reply reply) {
    auto request = ParseCheckInRequest(body);
    if (!request) return reply(ErrorResponse(request.error()));
    writer_.Add(CheckInJob{head.peer->key, std::move(*request), std::move(reply)});
  }

  // A client certificate for the key of a CSR, and when it ends.
  Result<std::string> Certify(const CheckedCsr& csr, Time expires) const {
    return ca_.IssueClient(csr, "vdiwatch agent " + Hex(csr.key).substr(0, 16), clock_.Now(),
                           expires - clock_.Now());
  }

  void Enrol(RequestHead head, std::string body, Reply reply) {
    auto request = ParseEnrolRequest(body);
    if (!request) return reply(ErrorResponse(request.error()));
    auto csr = CheckCsr(request->csr);
    if (!csr) return reply(ErrorResponse(csr.error()));
    Time expires = clock_.Now() + options_.certificate_lifetime;
    auto certificate = Certify(*csr, expires);
    if (!certificate) return reply(Failed(certificate.error()));
    writer_.Add(EnrolJob{csr->key, std::move(*request), TokenHash(head.bearer), head.remote_ip,
                         std::move(*certificate), expires, std::move(reply)});
  }

  void Renew(RequestHead head, std::string body, Reply reply) {
    auto request = ParseRenewRequest(body);
    if (!request) return reply(ErrorResponse(request.error()));
    auto csr = CheckCsr(request->csr);
    if (!csr) return reply(ErrorResponse(csr.error()));
    if (csr->key != head.peer->key) {
      return reply(ErrorResponse(Denied("a renewal must ask for the key of its certificate")));
    }
    Time expires = clock_.Now() + options_.certificate_lifetime;
    auto certificate = Certify(*csr, expires);
    if (!certificate) return reply(Failed(certificate.error()));
    writer_.Add(RenewJob{csr->key, std::move(*certificate), expires, std::move(reply)});
  }

  const CollectorOptions options_;
  const std::shared_ptr<Store> store_;
  const Ca& ca_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<const policy::PolicySet>> policy_;
  RateLimiter enrolments_;
  RateLimiter wrong_tokens_;
  RateLimiter faults_;
  Log& log_;
  Writer writer_;
};

}  // namespace

Result<std::unique_ptr<Collector>> Collector::Start(CollectorOptions options,
                                                    std::shared_ptr<Store> store, const Ca& ca,
                                                    policy::PolicySet policy,
                                                    std::string policy_text, const Clock& clock,
                                                    Log& log) {
  auto daemon = std::make_unique<Daemon>(
      options, std::move(store), ca, std::make_shared<const policy::PolicySet>(std::move(policy)),
      clock, log);
  RETURN_IF_ERROR(daemon->Start(policy_text));
  return std::unique_ptr<Collector>(std::move(daemon));
}

}  // namespace vdiwatch::collector
