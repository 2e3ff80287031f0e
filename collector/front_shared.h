#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/log.h"
#include "collector/front.h"
#include "collector/front_budget.h"
#include "collector/front_workers.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {

// What all connections of one front share. Everything in it may be used by any thread.
struct FrontShared {
  FrontShared(FrontOptions wanted, SslContextPtr context, FrontHandler& the_handler, Log& the_log)
      : options(std::move(wanted)),
        tls(std::move(context)),
        handler(the_handler),
        log(the_log),
        connections(static_cast<std::uint64_t>(options.max_connections)),
        requests(static_cast<std::uint64_t>(options.max_requests)),
        bytes(options.max_bytes_in_flight),
        workers(options.worker_threads) {}

  const FrontOptions options;
  const SslContextPtr tls;
  FrontHandler& handler;
  Log& log;
  Budget connections;
  Budget requests;
  Budget bytes;

  // Since the start, and how far the last line about them in the log had counted.
  struct Total {
    std::atomic<std::uint64_t> all = 0;
    std::atomic<std::uint64_t> told = 0;
    void Add(std::uint64_t count) { all.fetch_add(count); }
    std::uint64_t TakeUntold() {
      const std::uint64_t now = all.load();
      const std::uint64_t before = told.exchange(now);
      return now > before ? now - before : 0;  // another loop may have been quicker
    }
  };
  Total evicted_connections;
  Total refused_handshakes;
  Total refused_requests;
  std::atomic<std::uint64_t> handshakes = 0;
  std::atomic<std::uint64_t> failed_handshakes = 0;
  std::array<std::array<std::atomic<std::uint64_t>, 6>, kAgentRequests.size()> answers{};
  FrontWorkers workers;
};

}  // namespace vdiwatch::collector
