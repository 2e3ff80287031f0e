#include "agent/state_dir.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/path.h"
#include "agent/private_folder.h"
#include "agent/secret.h"
#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxIdentityBytes = 64 << 10;
constexpr std::size_t kMaxStatusBytes = 1 << 20;
constexpr std::string_view kIdentityPurpose = "agent's identity";

// Nothing where there is no such file.
Result<std::optional<std::string>> ReadIfThere(const fs::path& file, std::size_t max_bytes) {
  auto text = ReadFile(file, max_bytes);
  if (text) return std::optional<std::string>(*std::move(text));
  if (text.error().kind == ErrorKind::kNotFound) return std::optional<std::string>();
  return text.error();
}

constexpr std::string_view kWritten[] = {"identity.pem.", "status.json.", "sealed.", "canary.json.",
                                         "token."};

bool IsLeftover(std::string_view name) {
  return name.ends_with(".new") && std::ranges::any_of(kWritten, [&](std::string_view written) {
           return name.starts_with(written);
         });
}

void AddLeftovers(const fs::path& folder, bool all, std::vector<fs::path>& found) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (IsLeftover(name) || (all && name.ends_with(".new"))) found.push_back(it->path());
  }
}

}  // namespace

Result<void> StateDir::Create() const { return MakePrivateFolder(folder_); }

Result<std::optional<Identity>> StateDir::LoadIdentity() const {
  fs::path file = folder_ / "identity.pem";
  ASSIGN_OR_RETURN(std::optional<std::string> text, ReadIfThere(file, kMaxIdentityBytes));
  if (!text) return std::optional<Identity>();
  auto revealed = RevealSecret(*text, kIdentityPurpose);
  if (!revealed) return Invalid(fmt::format("{}: {}", file.string(), revealed.error().message));
  ASSIGN_OR_RETURN(Identity identity, IdentityFromText(*revealed, file.string()));
  return std::optional<Identity>(std::move(identity));
}

Result<fs::path> StateDir::SetIdentityAside() const {
  fs::path file = folder_ / "identity.pem", aside = folder_ / "identity.pem.broken";
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return Invalid(
        fmt::format("{} is not a file: remove it, and the agent enrols anew", file.string()));
  }
  fs::rename(file, aside, error);
  if (error) {
    return Unavailable(
        fmt::format("cannot move {} to {}: {}", file.string(), aside.string(), ReasonOf(error)));
  }
  return aside;
}

Result<void> StateDir::SaveIdentity(const Identity& identity) const {
  Identity stored = identity;
  ASSIGN_OR_RETURN(stored.key, ProtectSecret(identity.key, kIdentityPurpose));
  return WriteFile(folder_ / "identity.pem", IdentityToText(stored), FileMode::kPrivate);
}

Result<std::optional<Status>> StateDir::LoadStatus() const {
  fs::path file = folder_ / "status.json";
  ASSIGN_OR_RETURN(std::optional<std::string> text, ReadIfThere(file, kMaxStatusBytes));
  if (!text) return std::optional<Status>();
  ASSIGN_OR_RETURN(Status status, StatusFromText(*text, file.string()));
  return std::optional<Status>(std::move(status));
}

Result<void> StateDir::SaveStatus(const Status& status) const {
  return WriteFile(folder_ / "status.json", StatusToText(status), FileMode::kPublic);
}

std::optional<std::string> StateDir::SealedInBoot() const {
  auto text = ReadFile(folder_ / "sealed", 256);
  if (!text) return std::nullopt;
  return std::string(Trim(*text));
}

Result<void> StateDir::MarkSealed(const std::string& boot_id) const {
  return WriteFile(folder_ / "sealed", boot_id + "\n", FileMode::kPublic);
}

std::vector<fs::path> StateDir::Traces(const fs::path& canary_dir) const {
  std::vector<fs::path> traces;
  for (const fs::path& path : {folder_ / "identity.pem", folder_ / "identity.pem.broken",
                               folder_ / "status.json", spool(), canary_dir / "canary.json"}) {
    std::error_code ignored;
    if (fs::exists(path, ignored) && !fs::is_empty(path, ignored)) traces.push_back(path);
  }
  for (fs::path& path : Leftovers(canary_dir)) {
    if (path.parent_path() != spool()) traces.push_back(std::move(path));
  }
  return traces;
}

std::vector<fs::path> StateDir::Marks() const {
  return {folder_ / "lock", folder_ / "sealed", spool()};
}

std::vector<fs::path> StateDir::Leftovers(const fs::path& canary_dir) const {
  std::vector<fs::path> found;
  AddLeftovers(folder_, false, found);
  AddLeftovers(spool(), true, found);
  if (canary_dir != folder_) AddLeftovers(canary_dir, false, found);
  return found;
}

Result<void> RemoveAll(const std::vector<fs::path>& paths) {
  for (const fs::path& path : paths) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) {
      std::string message = fmt::format("cannot remove {}: {}", path.string(), ReasonOf(error));
      return error == std::errc::permission_denied ? Denied(message) : Unavailable(message);
    }
  }
  return {};
}

}  // namespace vdiwatch::agent
