#include <fmt/format.h>
#include <windows.h>

#include "agent/secret.h"
#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

DATA_BLOB Blob(std::string_view bytes) {
  return {static_cast<DWORD>(bytes.size()),
          reinterpret_cast<BYTE*>(const_cast<char*>(bytes.data()))};
}

// What DPAPI answered, wiped before it is given back.
std::string Taken(DATA_BLOB& blob) {
  std::string bytes(reinterpret_cast<const char*>(blob.pbData), blob.cbData);
  SecureZeroMemory(blob.pbData, blob.cbData);
  LocalFree(blob.pbData);
  return bytes;
}

std::string Entropy(std::string_view purpose) { return "vdiwatch " + std::string(purpose); }

}  // namespace

// The machine's scope, since the service and an administrator at the console share the file; who
// may read it is the folder's business (CryptProtectData, CRYPTPROTECT_LOCAL_MACHINE).
Result<std::string> ProtectSecret(std::string_view secret, std::string_view purpose) {
  std::string entropy = Entropy(purpose);
  DATA_BLOB in = Blob(secret), salt = Blob(entropy), out{};
  if (!CryptProtectData(&in, nullptr, &salt, nullptr, nullptr,
                        CRYPTPROTECT_LOCAL_MACHINE | CRYPTPROTECT_UI_FORBIDDEN, &out)) {
    return Unavailable(
        fmt::format("Windows cannot protect the {} (error {})", purpose, GetLastError()));
  }
  return fmt::format("{}{}\n{}", kProtectedBegin, Base64(Taken(out)), kProtectedEnd);
}

Result<std::string> RevealSecret(std::string_view text, std::string_view purpose) {
  std::size_t begin = text.find(kProtectedBegin);
  if (begin == text.npos) return std::string(text);
  std::size_t from = begin + kProtectedBegin.size(), end = text.find(kProtectedEnd, from);
  auto bytes = end == text.npos ? std::nullopt : Unbase64(Trim(text.substr(from, end - from)));
  if (!bytes) return Invalid("its protected key is damaged");
  std::string entropy = Entropy(purpose);
  DATA_BLOB in = Blob(*bytes), salt = Blob(entropy), out{};
  if (!CryptUnprotectData(&in, nullptr, &salt, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN, &out)) {
    return Invalid(fmt::format(
        "its key does not open: it was protected on another machine, or is damaged (error {})",
        GetLastError()));
  }
  return std::string(text.substr(0, begin)) + Taken(out) +
         std::string(text.substr(end + kProtectedEnd.size()));
}

}  // namespace vdiwatch::agent
