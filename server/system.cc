#include "server/system.h"

#include <Poco/Crypto/X509Certificate.h>
#include <Poco/Exception.h>
#include <fmt/format.h>

namespace vdiwatch::server {

std::string AgentsUrl(const std::string& host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("https://{}{}{}:{}", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
}

Result<CertificateEnd> ReadCertificateEnd(std::string what, const std::filesystem::path& file) {
  try {
    const Poco::Crypto::X509Certificate certificate(file.string());
    return CertificateEnd{std::move(what),
                          certificate.subjectName(Poco::Crypto::X509Certificate::NID_COMMON_NAME),
                          FromUnix(certificate.expiresOn().timestamp().epochTime())};
  } catch (const Poco::Exception& bad) {
    return Invalid(
        fmt::format("cannot read the certificate {}: {}", file.string(), bad.displayText()));
  }
}

}  // namespace vdiwatch::server
