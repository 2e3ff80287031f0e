#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/load/bench_connection.h"
#include "tests/load/sim_desktop.h"

namespace vdiwatch::sim {

// One enrolled desktop whose facts the collector knows: what it needs to send unchanged check-ins.
class BenchSeat {
 public:
  BenchSeat(const agent::Identity& identity, CheckInRequest request);

  SSL_CTX* context() const { return context_.get(); }
  // The next check-in, head and body: only its sequence differs from the last.
  std::string NextCheckIn(bool keep_alive);
  // A head that promises a body, which never comes whole.
  std::string HeadOfALongBody() const;

  SessionPtr session;  // of the newest connection

 private:
  collector::SslContextPtr context_;
  std::string body_;
  std::size_t sequence_at_ = 0;  // in body_
  std::int64_t sequence_;
};

// Enrols this many desktops of one pool and tells the collector their facts, by the real agent.
Result<std::vector<BenchSeat>> EnrolSeats(const FleetSite& site, const std::string& token,
                                          int count, const Clock& clock);

}  // namespace vdiwatch::sim
