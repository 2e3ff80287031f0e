#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vdiwatch::server::alert {

// Why no request may go to this IP address ("a private address (10.0.0.0/8)"); nothing if it may.
// Loopback and private networks are for those who say so; metadata services, link-local,
// multicast and whatever is no address of a host are for nobody. Pure.
std::optional<std::string> WhyRefused(std::string_view address, bool allow_private);

// The same of a URL's host where it is an address in the place of a name, in whatever form a
// resolver takes one ("127.1", "0xa9fea9fe", "2852039166", "10.0.0.1."), or means this machine by
// itself ("localhost"). Nothing for other names: they must be resolved first. Pure.
std::optional<std::string> WhyHostRefused(std::string_view host, bool allow_private);

}  // namespace vdiwatch::server::alert
