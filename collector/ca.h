#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::collector {

// A certificate and its private key, PEM.
struct KeyPair {
  std::string certificate;
  std::string key;
};

// What a CSR asks for, after its self-signature was checked. Only P-256 keys are accepted.
struct CheckedCsr {
  std::string key;  // raw SHA-256 of the public key (SPKI, DER)
  std::string pem;
};
Result<CheckedCsr> CheckCsr(std::string_view pem);

// The collector's own certificate authority: P-256, files ca.pem and ca.key (0600) in a directory.
// During a rotation (ca_rotation.h) next.pem and next.key stand beside them: both are trusted, the
// next one signs agents' certificates, the present one still the listeners'. Immutable once opened;
// any thread may call.
class Ca {
 public:
  // Opens the CA of this directory, or makes one (10 years) if there is none. A key without its
  // certificate gets it again; errors name the file. With a passphrase, keys are kept encrypted.
  static Result<Ca> OpenOrCreate(const std::filesystem::path& directory, Time now,
                                 std::string_view passphrase = "");

  const std::string& certificate() const;  // PEM, of the one that signs the listeners' certificates
  const std::string& bundle() const;       // PEM, of all that agents and collector trust
  std::string pins() const;                // of the same, as agents write them (`ca_pin`)

  // A client certificate for a checked CSR; starts 48 hours in the past, for clocks that are off.
  Result<std::string> IssueClient(const CheckedCsr& csr, std::string_view common_name, Time now,
                                  Seconds lifetime) const;
  // The server's own certificate, for these DNS names and IP addresses; a new key each time.
  Result<KeyPair> IssueServer(const std::vector<std::string>& names, Time now,
                              Seconds lifetime) const;

 private:
  struct Opened;
  explicit Ca(std::shared_ptr<const Opened> opened) : opened_(std::move(opened)) {}
  std::shared_ptr<const Opened> opened_;
};

}  // namespace vdiwatch::collector
