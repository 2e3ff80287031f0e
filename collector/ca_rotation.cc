#include "collector/ca_rotation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "collector/ca_files.h"

namespace vdiwatch::collector {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRetired = "retired-";
constexpr const char* kInUse = "next.in-use";

AuthorityInfo InfoOf(std::string role, X509* certificate) {
  AuthorityInfo info;
  info.role = std::move(role);
  char name[65] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  info.name = name;
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  X509_digest(certificate, EVP_sha256(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  info.fingerprint = Hex(digest.substr(0, size));
  info.pin = PinOf(certificate);
  info.not_before = ToTime(X509_get0_notBefore(certificate));
  info.not_after = ToTime(X509_get0_notAfter(certificate));
  info.pem = ToPem(certificate);
  return info;
}

Result<AuthorityInfo> ReadInfo(std::string role, const fs::path& file) {
  ASSIGN_OR_RETURN(CertificatePtr certificate, ReadAuthorityCertificate(file));
  return InfoOf(std::move(role), certificate.get());
}

bool Exists(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

Result<void> Rename(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) {
    return Unavailable(
        fmt::format("cannot move {} to {}: {}", from.string(), to.string(), failed.message()));
  }
  return {};
}

Result<void> Remove(const fs::path& file) {
  std::error_code failed;
  fs::remove(file, failed);
  if (!failed) return {};
  return Unavailable(fmt::format("cannot remove {}: {}", file.string(), failed.message()));
}

Result<void> CheckRotates(const fs::path& directory) {
  if (Exists(NextAuthority(directory).key)) return {};
  return Conflict("no rotation is under way: `vdiwatch ca rotate` makes the next authority");
}

Result<void> AddRetired(const fs::path& directory, std::vector<AuthorityInfo>& all) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    if (entry.path().filename().string().starts_with(kRetired)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    ASSIGN_OR_RETURN(AuthorityInfo info, ReadInfo("retired", file));
    all.push_back(std::move(info));
  }
  return {};
}

}  // namespace

Result<std::vector<AuthorityInfo>> ListAuthorities(const fs::path& directory) {
  std::vector<AuthorityInfo> all;
  ASSIGN_OR_RETURN(AuthorityInfo present,
                   ReadInfo("present", PresentAuthority(directory).certificate));
  all.push_back(std::move(present));
  fs::path next = NextAuthority(directory).certificate;
  if (Exists(next)) {
    ASSIGN_OR_RETURN(AuthorityInfo info, ReadInfo("next", next));
    all.push_back(std::move(info));
  }
  RETURN_IF_ERROR(AddRetired(directory, all));
  return all;
}

Result<AuthorityInfo> BeginRotation(const fs::path& directory, Time now,
                                    std::string_view passphrase) {
  RETURN_IF_ERROR(FinishRetirement(directory));
  AuthorityFiles next = NextAuthority(directory);
  if (Exists(next.key)) {
    return Conflict(
        fmt::format("a rotation is under way ({}): end it with `ca retire`, or drop the next "
                    "authority with `ca rotate --abort`",
                    next.certificate.string()));
  }
  // A next key under another passphrase than the present one's would keep the daemon from starting.
  RETURN_IF_ERROR(OpenAuthority(PresentAuthority(directory), passphrase));
  RETURN_IF_ERROR(MakeAuthorityKey(next.key, passphrase));
  RETURN_IF_ERROR(MakeAuthorityCertificate(next, passphrase, now));
  return ReadInfo("next", next.certificate);
}

Result<AuthorityInfo> AbortRotation(const fs::path& directory) {
  RETURN_IF_ERROR(FinishRetirement(directory));
  RETURN_IF_ERROR(CheckRotates(directory));
  ASSIGN_OR_RETURN(const auto in_use, RotationInUseSince(directory));
  if (in_use) {
    return Conflict(
        fmt::format("a daemon signs with the next authority since {}: end the rotation "
                    "with `ca retire`",
                    FormatTime(*in_use)));
  }
  AuthorityFiles next = NextAuthority(directory);
  AuthorityInfo dropped;
  if (auto info = ReadInfo("next", next.certificate)) dropped = *std::move(info);
  RETURN_IF_ERROR(Remove(next.certificate));  // alone it would look like a retirement cut off
  RETURN_IF_ERROR(Remove(next.key));
  return dropped;
}

Result<AuthorityInfo> RetireAuthority(const fs::path& directory, std::string_view passphrase) {
  RETURN_IF_ERROR(FinishRetirement(directory));
  RETURN_IF_ERROR(CheckRotates(directory));
  ASSIGN_OR_RETURN(const auto in_use, RotationInUseSince(directory));
  if (!in_use) {
    return Conflict("no daemon has used the next authority yet: restart it, and wait for renewals");
  }
  AuthorityFiles present = PresentAuthority(directory), next = NextAuthority(directory);
  RETURN_IF_ERROR(OpenAuthority(next, passphrase));
  ASSIGN_OR_RETURN(CertificatePtr certificate, ReadAuthorityCertificate(present.certificate));
  AuthorityInfo retired = InfoOf("retired", certificate.get());
  fs::path kept = directory / fmt::format("{}{}.pem", kRetired, retired.fingerprint.substr(0, 16));
  RETURN_IF_ERROR(WriteFile(kept, ToPem(certificate.get()), FileMode::kPublic));
  std::error_code ignored;
  fs::remove(directory / kInUse, ignored);
  RETURN_IF_ERROR(Rename(next.key, present.key));
  RETURN_IF_ERROR(Rename(next.certificate, present.certificate));
  return retired;
}

Result<void> NoteRotationInUse(const fs::path& directory, Time now) {
  fs::path note = directory / kInUse;
  if (!Exists(NextAuthority(directory).key) || Exists(note)) return {};
  return WriteFile(note, FormatTime(now) + "\n", FileMode::kPublic);
}

Result<std::optional<Time>> RotationInUseSince(const fs::path& directory) {
  fs::path note = directory / kInUse;
  if (!Exists(note)) return std::optional<Time>();
  ASSIGN_OR_RETURN(std::string text, ReadFile(note, 64));
  auto since = ParseTime(Trim(text));
  if (!since) return Invalid(fmt::format("{}: {}", note.string(), since.error().message));
  return std::optional<Time>(*since);
}

// The key moves first; a certificate that stands alone shows that the second move is missing.
Result<void> FinishRetirement(const fs::path& directory) {
  AuthorityFiles next = NextAuthority(directory);
  if (!Exists(next.certificate) || Exists(next.key)) return {};
  return Rename(next.certificate, PresentAuthority(directory).certificate);
}

}  // namespace vdiwatch::collector
