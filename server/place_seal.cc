#include "server/place_seal.h"

#include <sodium.h>

#include <cstdlib>

#include "base/digest.h"
#include "collector/store/feed_reader.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kMostWordBytes = 1024;

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* BytesOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string Subkey(std::string_view key, std::uint64_t id) {
  std::string subkey(crypto_kdf_KEYBYTES, '\0');
  crypto_kdf_derive_from_key(BytesOf(subkey), subkey.size(), id, "vdwplace", BytesOf(key));
  return subkey;
}

std::string KeyedHash(std::string_view key, std::string_view list, std::string_view text,
                      std::size_t bytes) {
  const std::string whole = std::string(list) + '\0' + std::string(text);
  std::string hash(bytes, '\0');
  crypto_generichash(BytesOf(hash), hash.size(), BytesOf(whole), whole.size(), BytesOf(key),
                     key.size());
  return hash;
}

std::string Packed(std::span<const std::int64_t> place) {
  std::string plain;
  for (const std::int64_t number : place) {
    for (int shift = 0; shift < 64; shift += 8) {
      plain += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xFF);
    }
  }
  return plain;
}

void Unpack(std::string_view plain, std::span<std::int64_t> place) {
  for (std::size_t i = 0; i < place.size(); ++i) {
    std::uint64_t number = 0;
    for (std::size_t byte = 8; byte-- > 0;) {
      number = number << 8 | static_cast<unsigned char>(plain[i * 8 + byte]);
    }
    place[i] = static_cast<std::int64_t>(number);
  }
}

std::string FromWord(std::string_view word) {
  if (word.size() > kMostWordBytes) return "";
  std::string bytes(word.size(), '\0');
  std::size_t size = 0;
  const int bad = sodium_base642bin(BytesOf(bytes), bytes.size(), word.data(), word.size(), nullptr,
                                    &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  bytes.resize(bad == 0 ? size : 0);
  return bytes;
}

std::string ToWord(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string word(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(word.data(), word.size(), BytesOf(bytes), bytes.size(), kVariant);
  word.pop_back();  // the NUL
  return word;
}

}  // namespace

PlaceSeal::PlaceSeal(std::string_view key) {
  if (sodium_init() < 0 || key.size() != crypto_kdf_KEYBYTES) std::abort();
  cipher_key_ = Subkey(key, 1);
  nonce_key_ = Subkey(key, 2);
  name_key_ = Subkey(key, 3);
}

std::string PlaceSeal::Nonce(std::string_view list, std::string_view plain) const {
  return KeyedHash(nonce_key_, list, plain, kNonceBytes);
}

std::string PlaceSeal::Close(std::string_view list, std::span<const std::int64_t> place) const {
  const std::string plain = Packed(place);
  const std::string nonce = Nonce(list, plain);
  std::string sealed(plain.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(BytesOf(sealed), nullptr, BytesOf(plain), plain.size(),
                                             BytesOf(list), list.size(), nullptr, BytesOf(nonce),
                                             BytesOf(cipher_key_));
  return ToWord(nonce + sealed);
}

bool PlaceSeal::Open(std::string_view list, std::string_view word,
                     std::span<std::int64_t> place) const {
  const std::string bytes = FromWord(word);
  if (bytes.size() != kNonceBytes + place.size() * 8 + kTagBytes) return false;
  const std::string_view sealed = std::string_view(bytes).substr(kNonceBytes);
  std::string plain(place.size() * 8, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          BytesOf(plain), nullptr, nullptr, BytesOf(sealed), sealed.size(), BytesOf(list),
          list.size(), BytesOf(std::string_view(bytes)), BytesOf(cipher_key_)) != 0) {
    return false;
  }
  Unpack(plain, place);
  return true;
}

std::string PlaceSeal::NameOf(std::string_view numbered) const {
  return Hex(KeyedHash(name_key_, "name", numbered, crypto_generichash_BYTES_MIN));
}

Result<PlaceSeal> PlaceSealOf(const Services& services) {
  ASSIGN_OR_RETURN(const std::string key, services.feed->PlaceKey());
  if (key.size() != crypto_kdf_KEYBYTES) return Internal("the key of places has another length");
  return PlaceSeal(key);
}

}  // namespace vdiwatch::server
