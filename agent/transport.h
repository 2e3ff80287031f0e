#pragma once

#include <Poco/Net/HTTPSClientSession.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/channel.h"
#include "agent/config.h"
#include "agent/proxy.h"

namespace vdiwatch::agent {

struct TransportOptions {
  CollectorAddress collector;
  // The only authorities that are trusted, but for those of Trust: PEM, and raw digests (pin.h).
  std::string ca_pem;
  std::vector<std::string> ca_pins = {};
  std::string proxy = "none";  // the setting (proxy.h)
  Seconds connect_timeout{10};
  Seconds answer_timeout{30};
};

// HTTPS to one collector, through a proxy if there is one: TLS 1.2 or newer, our own CA only, host
// name or IP address checked, the agent's certificate presented. Certificates are judged by
// `clock`, which must outlive it. Between exchanges it holds nothing but the TLS session, so that
// an idle agent is a small agent.
class Transport : public Channel {
 public:
  // Invalid if the CA is no certificate.
  static Result<std::unique_ptr<Transport>> Create(TransportOptions options, const Clock& clock);
  ~Transport() override;

  Result<HttpReply> Post(std::string_view target, std::string_view body,
                         std::string_view bearer) override;
  void Present(std::string_view certificate, std::string_view key) override;
  void Trust(std::string_view ca_pem) override { trusted_ = ca_pem; }
  void Close() override;

  // Whether the newest connection resumed an earlier TLS session.
  bool resumed() const { return resumed_; }

 private:
  struct Verification;  // what the handshake found out about the collector's certificate

  Transport(TransportOptions options, const Clock& clock);
  Result<void> Prepare(const ProxyChoice& proxy);
  Result<void> Connect();
  Result<HttpReply> Exchange(std::string_view target, std::string_view body,
                             std::string_view bearer);
  bool IsDisowned(std::string_view problem) const;
  Error Explain(const std::string& problem) const;

  TransportOptions options_;
  const Clock& clock_;
  std::string certificate_, key_, trusted_;  // PEM
  std::unique_ptr<Verification> verification_;
  ProxyChoice proxy_;  // of the newest connection
  std::unique_ptr<Poco::Net::HTTPSClientSession> connection_;
  Poco::Net::Session::Ptr session_;
  bool resumed_ = false;
};

}  // namespace vdiwatch::agent
