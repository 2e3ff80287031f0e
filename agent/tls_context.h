#pragma once

#include <Poco/Net/Context.h>

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::agent {

// What a handshake found out about the collector's certificate.
struct PeerFinding {
  int error = 0;  // X509_V_ERR_…; X509_V_OK if there was no fault, or no certificate yet
  Time not_before{};
  Time not_after{};
};

struct TlsRequest {
  std::string host;         // a DNS name or an IP address: what the certificate must be for
  std::string ca_pem;       // may hold several certificates
  std::string certificate;  // PEM, may be empty
  std::string key;
  Time now{};  // by which certificates are judged
};

// A client context that trusts this CA alone and writes to `finding` at each handshake; `finding`
// must outlive it. Invalid: a PEM that cannot be read. Adapter: throws nothing.
Result<Poco::Net::Context::Ptr> MakeTlsContext(const TlsRequest& request, PeerFinding& finding);

// One line on what is wrong with the collector's certificate, and what to do.
std::string DescribeFinding(const PeerFinding& finding, const std::string& host, Time now);

}  // namespace vdiwatch::agent
