#include "collector/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "collector/front_listener.h"
#include "collector/front_loop.h"
#include "collector/front_shared.h"
#include "collector/front_socket.h"
#include "collector/tls_context.h"

namespace vdiwatch::collector {
namespace {

constexpr std::uint64_t kOtherFiles = 256;  // the store, the people's listener, logs

// A connection is an open file: there may be no more of them than the system grants.
void FitToFileLimit(FrontOptions& options, Log& log) {
  auto wanted = static_cast<std::uint64_t>(options.max_connections) + kOtherFiles;
  std::uint64_t granted = RaiseFileLimit(wanted);
  if (granted >= wanted) return;
  options.max_connections =
      static_cast<int>(granted > 2 * kOtherFiles ? granted - kOtherFiles : granted / 2);
  log.Warning("only {} agents' connections at once: the limit of open files is {}",
              options.max_connections, granted);
}

class RunningFront : public Front {
 public:
  RunningFront(FrontOptions options, SslContextPtr tls, Socket listening, FrontHandler& handler,
               Log& log)
      : shared_(std::move(options), std::move(tls), handler, log), port_(PortOf(listening)) {
    for (int i = 0; i < shared_.options.network_threads; ++i) {
      loops_.push_back(std::make_unique<FrontLoop>(shared_));
    }
    listener_ = std::make_unique<FrontListener>(std::move(listening), loops_);
  }

  std::uint16_t port() const override { return port_; }

  FrontCounters counters() const override {
    FrontCounters counters;
    counters.open_connections = shared_.connections.used();
    counters.handshakes = shared_.handshakes.load();
    counters.failed_handshakes = shared_.failed_handshakes.load();
    counters.refused_handshakes = shared_.refused_handshakes.all.load();
    counters.refused_requests = shared_.refused_requests.all.load();
    counters.evicted_connections = shared_.evicted_connections.all.load();
    for (std::size_t kind = 0; kind < counters.answers.size(); ++kind) {
      std::ranges::copy(shared_.answers[kind], counters.answers[kind].begin());
    }
    return counters;
  }

 private:
  // Goes from the bottom to the top: no new connections, none left, then the workers.
  FrontShared shared_;
  const std::uint16_t port_;
  std::vector<std::unique_ptr<FrontLoop>> loops_;
  std::unique_ptr<FrontListener> listener_;
};

}  // namespace

Result<std::unique_ptr<Front>> Front::Start(FrontOptions options, FrontHandler& handler, Log& log) {
  TlsIdentity identity{options.certificate_pem, options.key_pem, options.client_ca_pem};
  ASSIGN_OR_RETURN(SslContextPtr tls, ServerContext(identity, options.max_sessions));
  ASSIGN_OR_RETURN(Socket listening, Listen(options.address, options.port));
  FitToFileLimit(options, log);
  return std::unique_ptr<Front>(std::make_unique<RunningFront>(std::move(options), std::move(tls),
                                                               std::move(listening), handler, log));
}

}  // namespace vdiwatch::collector
