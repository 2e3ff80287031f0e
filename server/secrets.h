#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch::server {

inline constexpr std::string_view kApiTokenPrefix = "vdw_api_";
inline constexpr std::size_t kLeastPasswordLength = 12;
inline constexpr std::size_t kMaxPasswordBytes = 1024;

// `count` letters and digits, each drawn evenly; 43 of them are over 256 bits.
std::string RandomText(std::size_t count);

// A new API token's text, shown once; only its SHA-256 is stored.
std::string NewApiToken();

// argon2id as libsodium prints it, about 64 MiB and a tenth of a second; unavailable without
// memory.
Result<std::string> HashPassword(std::string_view password);
// Takes the same time for a wrong password; false for a hash that is none.
bool VerifyPassword(std::string_view hash, std::string_view password);
// Takes the time of VerifyPassword, so that an unknown name cannot be told from a wrong password.
void PretendToVerify(std::string_view password);

}  // namespace vdiwatch::server
