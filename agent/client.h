#pragma once

#include <optional>
#include <string_view>

#include "agent/channel.h"
#include "report/messages.h"

namespace vdiwatch::agent {

// What the collector answered, or one line why there is no answer, and when it said to come back.
// Denied: token or certificate are not good enough (401) or were revoked (403). Unavailable: try
// again.
template <class T>
struct Answer {
  Result<T> result;
  std::optional<Seconds> retry_after;
  int status = 0;  // of HTTP; 0 if nothing came back
};

// The protocol's three requests (docs/protocol.md) over any channel.
Answer<EnrolResponse> Enrol(Channel& channel, const EnrolRequest& request, std::string_view token);
Answer<EnrolResponse> Renew(Channel& channel, const RenewRequest& request);
Answer<CheckInResponse> CheckIn(Channel& channel, const CheckInRequest& request);

}  // namespace vdiwatch::agent
