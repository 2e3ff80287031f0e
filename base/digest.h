#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vdiwatch {

// Raw bytes travel in std::string here; hex and base64 are text.
std::string Sha256(std::string_view bytes);                            // 32 bytes
std::string HmacSha256(std::string_view key, std::string_view bytes);  // 32 bytes

// "sha256:" + 64 hex digits: how a digest is written in messages, logs and files.
std::string DigestText(std::string_view bytes);
// The 32 bytes behind such a text, or nothing.
std::optional<std::string> ParseDigestText(std::string_view text);

std::string Hex(std::string_view bytes);
std::optional<std::string> Unhex(std::string_view text);
std::string Base64(std::string_view bytes);
std::optional<std::string> Unbase64(std::string_view text);

// From the system's cryptographic generator; ends the program if there is none.
std::string RandomBytes(std::size_t count);
// 63 random bits, never 0: the number of a row that other collectors must not guess or repeat.
std::int64_t RandomId();

// Compares in a time that does not depend on where they differ.
bool EqualSecrets(std::string_view a, std::string_view b);

}  // namespace vdiwatch
