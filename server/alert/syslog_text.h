#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

// Who says it, in every syslog message.
struct SyslogSender {
  int facility = 16;  // local0 (RFC 5424 §6.2.1)
  std::string host;   // printable ASCII without blanks; empty: not told
  // Of the structured data's name, `vdiwatch@NUMBER`: an organisation's number at IANA. This one is
  // reserved for examples (RFC 5612).
  std::int64_t enterprise_number = 32473;
};

// One alert as one syslog message (RFC 5424), at most 8192 bytes long, which receivers should take
// (RFC 5425 §4.3.1). Control characters become '?'.
std::string SyslogText(const SyslogSender& sender, const Message& message, const AlertLine& alert);

// The number of a facility's name ("local0", "authpriv"), or -1.
int FacilityNamed(std::string_view name);

}  // namespace vdiwatch::server::alert
