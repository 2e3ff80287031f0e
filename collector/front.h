#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/front_counters.h"

namespace vdiwatch::collector {

// The client's certificate as the handshake proved it: signed by our CA, key held by the client.
struct PeerCertificate {
  std::string key;   // raw SHA-256 of its public key (SPKI, DER)
  Time not_after{};  // may lie in the past: an expired, known certificate may still renew
};

struct RequestHead {
  std::string method;
  std::string target;
  std::optional<PeerCertificate> peer;
  std::string bearer;  // of `Authorization: Bearer …`
  std::string remote_ip;
  std::uint64_t content_length = 0;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::optional<int> retry_after_s;
  std::string cause = {};  // of a fault of ours; for our log, never sent
};

// What the listener asks. Admit runs on a network thread once the headers are there and before any
// of the body is read: it must be quick; a response refuses. Handle gets complete requests on a
// worker thread and answers, then or later, from any thread, exactly once.
class FrontHandler {
 public:
  virtual ~FrontHandler() = default;
  virtual std::optional<Response> Admit(const RequestHead& head) = 0;
  virtual void Handle(RequestHead head, std::string body, std::function<void(Response)> reply) = 0;
};

struct FrontOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 7443;    // 0: any free one
  std::string certificate_pem;  // the collector's, and its chain
  std::string key_pem;
  std::string client_ca_pem;
  int network_threads = 1;
  int worker_threads = 2;
  int max_connections = 20'000;  // at the limit, those that waited longest for their client go
  int max_handshakes = 64;       // complete ClientHellos waiting for their turn; more are refused
  int max_requests = 512;        // read but not answered; more get 503
  std::uint64_t max_body_bytes = 256 << 10;
  std::uint64_t max_bytes_in_flight = 64 << 20;
  Seconds handshake_deadline{10};
  Seconds header_deadline{10};
  Seconds body_deadline{20};
  Seconds idle_deadline{75};          // a kept-alive connection without a request
  std::size_t max_sessions = 50'000;  // server-side TLS session store; 6 KiB each
};

// The agents' listener: event-driven through handshake, headers and body, so that a slow or
// hostile client costs a socket and nothing else. Runs from Start until destroyed.
class Front {
 public:
  // Errors: unavailable (port in use: says which), invalid (certificate or key).
  static Result<std::unique_ptr<Front>> Start(FrontOptions options, FrontHandler& handler,
                                              Log& log);
  virtual ~Front() = default;
  virtual std::uint16_t port() const = 0;
  virtual FrontCounters counters() const = 0;  // any thread
};

}  // namespace vdiwatch::collector
