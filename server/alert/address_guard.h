#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vdiwatch::server::alert {

// Why no request may go to this IP address ("a private address (10.0.0.0/8)"); nothing if it may.
// Loopback and private networks are for those who say so; metadata services, link-local,
// multicast and whatever is no address of a host are for nobody. Pure.
std::optional<std::string> WhyRefused(std::string_view address, bool allow_private);

}  // namespace vdiwatch::server::alert
