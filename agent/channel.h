#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::agent {

struct HttpReply {
  int status = 0;
  std::string body;
  std::optional<Seconds> retry_after;
};

// The way to the collector. Used by one thread at a time; blocks for at most its time-outs.
class Channel {
 public:
  virtual ~Channel() = default;

  // One POST of JSON; `bearer` may be empty. Any HTTP status is a reply. Unavailable: nothing came
  // back, and one line says why (unreachable, untrusted certificate, wrong name, clock off, …).
  virtual Result<HttpReply> Post(std::string_view target, std::string_view body,
                                 std::string_view bearer) = 0;

  // The certificate and key (PEM) that connections present from now on; empty for none.
  virtual void Present(std::string_view certificate, std::string_view key) = 0;

  // Authorities (PEM, may be empty) that are trusted beside those that it was made with.
  virtual void Trust(std::string_view ca_pem) = 0;

  // Lets the connection go. The next Post opens a new one, resuming the TLS session if it can.
  virtual void Close() = 0;
};

}  // namespace vdiwatch::agent
