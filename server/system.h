#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/config.h"

namespace vdiwatch::server {

struct CertificateEnd {
  std::string what;  // "present authority", "people", "agents"
  std::string name;  // its common name, or the file
  Time ends{};
};

// What the administration page shows of the daemon itself.
struct SystemFacts {
  Time started_at{};
  Endpoint agents, people;  // with the ports that they got
  std::vector<CertificateEnd> certificates;
  std::string data_dir, policy_dir;  // policy_dir: empty for none
  Seconds keep_history{0};
};

// What agents write as `collector`: "https://HOST:PORT".
std::string AgentsUrl(const std::string& host, std::uint16_t port);

// The end of the first certificate of a PEM file. Errors: not_found, invalid, each naming it.
Result<CertificateEnd> ReadCertificateEnd(std::string what, const std::filesystem::path& file);

}  // namespace vdiwatch::server
