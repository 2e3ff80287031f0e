#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace vdiwatch::agent {

// A certificate authority for tests: a key, and certificates for whatever a test needs.
class Authority {
 public:
  explicit Authority(std::string name = "test CA");

  const std::string& certificate() const { return certificate_; }

  struct Server {
    std::string certificate, key;
  };
  // `names` as in OpenSSL's subjectAltName: "DNS:localhost,IP:127.0.0.1".
  Server IssueServer(const std::string& names, Time not_before, Time not_after) const;

  // A client certificate for the key of this CSR (PEM).
  std::string IssueClient(std::string_view csr, Time not_before, Time not_after) const;

 private:
  std::string certificate_, key_;
};

}  // namespace vdiwatch::agent
