#include <cstdlib>

#include "agent/proxy.h"

namespace vdiwatch::agent {
namespace {

std::string Variable(const char* name, const char* other) {
  const char* value = std::getenv(name);
  if (value == nullptr) value = std::getenv(other);
  return value == nullptr ? "" : value;
}

}  // namespace

Result<ProxyChoice> SystemProxy(const CollectorAddress& collector) {
  return ProxyOfEnvironment(collector, Variable("HTTPS_PROXY", "https_proxy"),
                            Variable("NO_PROXY", "no_proxy"));
}

}  // namespace vdiwatch::agent
