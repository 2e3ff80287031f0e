#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/rows.h"

namespace vdiwatch::collector {

// The raw SHA-256 under which a token is stored.
std::string TokenHash(std::string_view token);

// An address range such as 10.1.0.0/16 or 2001:db8::/32; invalid names what is wrong with it.
Result<void> CheckCidr(std::string_view cidr);
bool CidrContains(std::string_view cidr, std::string_view address);

// Whether this token may enrol somebody from this address at this time; denied says why not.
Result<void> CheckToken(const EnrolToken& token, std::string_view remote_ip, Time now);

}  // namespace vdiwatch::collector
