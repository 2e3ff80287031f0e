#include "tests/load/bench_seat.h"

#include <fmt/format.h>

namespace vdiwatch::sim {
namespace {

constexpr std::int64_t kFirstSequence = 100'000;  // of a width that stays

collector::SslContextPtr ClientContext(const agent::Identity& identity) {
  collector::SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  // Who answers is not judged: what is measured is the server's side.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  auto certificate = collector::ReadCertificates(identity.certificate, "certificate");
  auto key = collector::ReadKey(identity.key, "key");
  if (certificate && key) {
    SSL_CTX_use_certificate(context.get(), certificate->front().get());
    SSL_CTX_use_PrivateKey(context.get(), key->get());
  }
  return context;
}

}  // namespace

BenchSeat::BenchSeat(const agent::Identity& identity, CheckInRequest request)
    : context_(ClientContext(identity)), sequence_(kFirstSequence) {
  request.sequence = kFirstSequence;
  body_ = ToJson(request).dump();
  sequence_at_ = body_.find(std::to_string(kFirstSequence), body_.find("\"sequence\":"));
}

std::string BenchSeat::NextCheckIn(bool keep_alive) {
  const std::string number = std::to_string(++sequence_);
  body_.replace(sequence_at_, number.size(), number);
  return fmt::format(
      "POST /v1/check-in HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n{}\r\n{}",
      body_.size(), keep_alive ? "" : "Connection: close\r\n", body_);
}

std::string BenchSeat::HeadOfALongBody() const {
  return "POST /v1/check-in HTTP/1.1\r\nHost: bench\r\nContent-Length: 4096\r\n\r\n{";
}

Result<std::vector<BenchSeat>> EnrolSeats(const FleetSite& site, const std::string& token,
                                          int count, const Clock& clock) {
  const PoolModel& pool = FleetPools().front();
  std::vector<BenchSeat> seats;
  for (int number = 1; number <= count; ++number) {
    SimDesktop desktop(site, pool, number, token, clock);
    RETURN_IF_ERROR(desktop.Boot());
    agent::StepResult told = desktop.CheckIn();
    if (told.problem) return *told.problem;
    CheckInRequest unchanged = agent::MakeCheckIn(desktop.Look());
    unchanged.verdict = told.answer ? told.answer->verdict : "";
    seats.emplace_back(*desktop.identity(), std::move(unchanged));
  }
  return seats;
}

}  // namespace vdiwatch::sim
