#include "server/people_certificate.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"

namespace vdiwatch::server {
namespace {

// Browsers refuse server certificates that live longer than 398 days.
constexpr Seconds kLifetime{397 * 86'400};
constexpr Seconds kRenewBefore{30 * 86'400};
constexpr std::size_t kMaxNoteBytes = 64 << 10;

// What the certificate on disk was made for; a note beside it, since that is all we ask of it.
Json NoteOf(const Config& config, const collector::Ca& ca, Time expires) {
  return {{"names", config.agents.names},
          {"ca", DigestText(ca.certificate())},
          {"expires", ToUnix(expires)}};
}

bool StillGood(const std::filesystem::path& note_file, const Json& wanted, Time now) {
  const auto text = ReadFile(note_file, kMaxNoteBytes);
  const auto note = text ? ParseJson(*text, note_file.string()) : Result<Json>(Json());
  if (!note || !note->is_object()) return false;
  const auto expires = JsonMemberOr<std::int64_t>(*note, "expires", 0);
  return expires && FromUnix(*expires) > now + kRenewBefore &&
         note->value("ca", "") == wanted["ca"] && note->value("names", Json()) == wanted["names"];
}

}  // namespace

Result<CertificateFiles> PeopleCertificate(const Config& config, const collector::Ca& ca,
                                           Time now) {
  if (!config.people.certificate.empty()) {
    return CertificateFiles{config.people.certificate, config.people.key};
  }
  const CertificateFiles files{config.data_dir / "people.pem", config.data_dir / "people.key"};
  const std::filesystem::path note_file = config.data_dir / "people.json";
  const Json note = NoteOf(config, ca, now + kLifetime);
  std::error_code ignored;
  if (std::filesystem::exists(files.certificate, ignored) &&
      std::filesystem::exists(files.key, ignored) && StillGood(note_file, note, now)) {
    return files;
  }
  ASSIGN_OR_RETURN(const auto pair, ca.IssueServer(config.agents.names, now, kLifetime));
  std::filesystem::remove(note_file, ignored);  // a crash in between makes both anew
  RETURN_IF_ERROR(WriteFile(files.key, pair.key, FileMode::kPrivate));
  RETURN_IF_ERROR(WriteFile(files.certificate, pair.certificate, FileMode::kPublic));
  RETURN_IF_ERROR(WriteFile(note_file, note.dump(2) + "\n", FileMode::kPublic));
  return files;
}

}  // namespace vdiwatch::server
