#include "agent/trusted.h"

#include <fmt/format.h>

#include "agent/report.h"
#include "base/file.h"

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxCaBytes = 256 << 10;

}  // namespace

Result<Trusted> TrustedBy(const AgentConfig& config) {
  if (!config.ca_pins.empty()) return Trusted{"", FleetKeyOfPin(config.ca_pins.front())};
  ASSIGN_OR_RETURN(std::string ca_pem, ReadFile(config.ca_file, kMaxCaBytes));
  auto key = FleetKey(ca_pem);
  if (!key) return Invalid(fmt::format("{}: {}", config.ca_file.string(), key.error().message));
  return Trusted{std::move(ca_pem), *std::move(key)};
}

}  // namespace vdiwatch::agent
