#pragma once

#include <Poco/Net/Context.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::agent {

// What a handshake found out about the collector's certificate.
struct PeerFinding {
  int error = 0;  // X509_V_ERR_…; X509_V_OK if there was no fault, or no certificate yet
  std::string authority_pin;  // of the last certificate it sent, where it was not trusted
  Time not_before{};
  Time not_after{};
};

struct TlsRequest {
  std::string host;    // a DNS name or an IP address: what the certificate must be for
  std::string ca_pem;  // may hold several certificates, or none if there are pins
  std::vector<std::string>
      ca_pins;              // raw digests (pin.h) of keys that are trusted if it shows them
  std::string certificate;  // PEM, may be empty
  std::string key;
  Time now{};  // by which certificates are judged
};

// What a context's handshakes go by and what they found; must outlive it.
struct PeerCheck {
  std::vector<std::string> ca_pins;
  PeerFinding finding;
};

// A client context that trusts this CA and these pins alone and writes to `check` at each
// handshake. Invalid: a PEM that cannot be read. Adapter: throws nothing.
Result<Poco::Net::Context::Ptr> MakeTlsContext(const TlsRequest& request, PeerCheck& check);

// One line on what is wrong with the collector's certificate, and what to do.
std::string DescribeFinding(const PeerCheck& check, const std::string& host, Time now);

}  // namespace vdiwatch::agent
