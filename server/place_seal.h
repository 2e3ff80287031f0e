#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/route.h"

namespace vdiwatch::server {

// Words for places in the logs of the whole fleet. Their numbers would tell those who may see some
// pools how much happens in the others, and let them ask for places that nobody gave them.
// XChaCha20-Poly1305 with a nonce made of key and place, so that the same place is the same word.
class PlaceSeal {
 public:
  explicit PlaceSeal(std::string_view key);  // of 32 bytes

  // A word for a URL; `list`: whose place it is. All places of a list have words of one length.
  std::string Close(std::string_view list, std::span<const std::int64_t> place) const;
  // False: no word that Close gave for this list, or for as many numbers.
  bool Open(std::string_view list, std::string_view word, std::span<std::int64_t> place) const;
  // What has a number, by a name that is always the same: 32 hex digits.
  std::string NameOf(std::string_view numbered) const;

 private:
  std::string Nonce(std::string_view list, std::string_view plain) const;

  std::string cipher_key_, nonce_key_, name_key_;
};

// With the key that all daemons over this store have.
Result<PlaceSeal> PlaceSealOf(const Services& services);

}  // namespace vdiwatch::server
