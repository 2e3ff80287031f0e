#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::collector {

// One authority in the CA's directory.
struct AuthorityInfo {
  std::string role;         // present, next, retired
  std::string name;         // its common name
  std::string fingerprint;  // SHA-256 of the certificate, hexadecimal
  std::string pin;          // of its key, as agents write it (`ca_pin`)
  std::string pem;          // the certificate
  Time not_before{};
  Time not_after{};
};
// The present one first. Needs no passphrase.
Result<std::vector<AuthorityInfo>> ListAuthorities(const std::filesystem::path& directory);

// Begins a rotation: makes the next authority. Conflict if one is under way; denied if this is not
// the present one's passphrase. The daemon trusts it, and signs agents' certificates with it, from
// its next start on.
Result<AuthorityInfo> BeginRotation(const std::filesystem::path& directory, Time now,
                                    std::string_view passphrase);

// Drops the next authority. Conflict if none is there, or if a daemon has signed with it.
Result<AuthorityInfo> AbortRotation(const std::filesystem::path& directory);

// Ends it: the next authority becomes the present one; the former's certificate is kept as
// retired-NAME.pem, its key is gone. Conflict if none is under way or no daemon has used the next
// one yet; denied if the passphrase does not open the next one.
Result<AuthorityInfo> RetireAuthority(const std::filesystem::path& directory,
                                      std::string_view passphrase);

// Notes that a daemon signs with the next authority, the first time; nothing without a rotation.
Result<void> NoteRotationInUse(const std::filesystem::path& directory, Time now);
// Since when; nothing if no daemon did yet.
Result<std::optional<Time>> RotationInUseSince(const std::filesystem::path& directory);

// Completes a RetireAuthority that was cut off in between.
Result<void> FinishRetirement(const std::filesystem::path& directory);

}  // namespace vdiwatch::collector
