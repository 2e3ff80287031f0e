#include "server/secrets.h"

#include <sodium.h>

#include <array>
#include <cstdlib>

#include "base/digest.h"

namespace vdiwatch::server {
namespace {

// Ends the program where libsodium has no random numbers, as RandomBytes does.
void RequireSodium() {
  if (sodium_init() < 0) std::abort();
}

}  // namespace

std::string RandomText(std::size_t count) {
  static constexpr std::string_view kAlphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr int kEven = 256 - 256 % 62;  // bytes past it would favour the first letters
  std::string text;
  while (text.size() < count) {
    for (const char c : RandomBytes(count)) {
      const int byte = static_cast<unsigned char>(c);
      if (byte < kEven && text.size() < count) text += kAlphabet[byte % 62];
    }
  }
  return text;
}

std::string NewApiToken() { return std::string(kApiTokenPrefix) + RandomText(43); }

Result<std::string> HashPassword(std::string_view password) {
  RequireSodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(),
                        crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return Unavailable("not enough memory to hash a password");
  }
  return std::string(hash.data());
}

bool VerifyPassword(std::string_view hash, std::string_view password) {
  RequireSodium();
  return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) == 0;
}

void PretendToVerify(std::string_view password) {
  static const Result<std::string> kDecoy = HashPassword(RandomText(24));
  if (kDecoy) VerifyPassword(*kDecoy, password);
}

}  // namespace vdiwatch::server
