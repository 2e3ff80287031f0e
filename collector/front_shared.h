#pragma once

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
  // Since the last line about them in the log.
  std::atomic<std::uint64_t> evicted_connections = 0;
  std::atomic<std::uint64_t> refused_handshakes = 0;
  std::atomic<std::uint64_t> refused_requests = 0;
  FrontWorkers workers;
};

}  // namespace vdiwatch::collector
