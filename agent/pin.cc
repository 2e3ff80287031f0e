#include "agent/pin.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kKind = "sha256:";
constexpr std::size_t kDigestBytes = 32, kMostPins = 8;

// Raw bytes, or nothing where it is neither 64 hex digits nor base64 of 32 bytes.
std::optional<std::string> DigestIn(std::string_view text) {
  auto bytes = text.size() == 2 * kDigestBytes ? Unhex(ToLower(text)) : Unbase64(text);
  return bytes && bytes->size() == kDigestBytes ? bytes : std::nullopt;
}

}  // namespace

Result<std::vector<std::string>> ParsePins(std::string_view text) {
  std::vector<std::string> pins;
  std::string spaced(text);
  std::ranges::replace(spaced, ',', ' ');
  for (std::string_view word : Split(spaced, ' ')) {
    if (word.empty()) continue;
    auto digest =
        ToLower(word).starts_with(kKind) ? DigestIn(word.substr(kKind.size())) : std::nullopt;
    if (!digest) {
      return Invalid(
          fmt::format("'{}' is no pin: it is sha256: and 64 hex digits or base64, as "
                      "`vdiwatch ca show --pin` prints it",
                      Printable(word, 80)));
    }
    pins.push_back(*std::move(digest));
  }
  if (pins.empty() || pins.size() > kMostPins) {
    return Invalid(fmt::format("must hold one to {} pins", kMostPins));
  }
  return pins;
}

std::string PinText(std::string_view digest) { return std::string(kKind) + Hex(digest); }

std::string PinOf(X509* certificate) {
  unsigned char* bytes = nullptr;
  int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  if (size <= 0) return "";
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return Sha256(der);
}

}  // namespace vdiwatch::agent
