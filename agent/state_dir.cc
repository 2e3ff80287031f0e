#include "agent/state_dir.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxIdentityBytes = 64 << 10;
constexpr std::size_t kMaxStatusBytes = 1 << 20;

// Nothing where there is no such file.
Result<std::optional<std::string>> ReadIfThere(const fs::path& file, std::size_t max_bytes) {
  auto text = ReadFile(file, max_bytes);
  if (text) return std::optional<std::string>(*std::move(text));
  if (text.error().kind == ErrorKind::kNotFound) return std::optional<std::string>();
  return text.error();
}

}  // namespace

Result<void> StateDir::Create() const {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!error) return {};
  std::string message = fmt::format("cannot make {}: {}", folder_.string(), error.message());
  return error == std::errc::permission_denied ? Denied(message) : Unavailable(message);
}

Result<std::optional<Identity>> StateDir::LoadIdentity() const {
  fs::path file = folder_ / "identity.pem";
  ASSIGN_OR_RETURN(std::optional<std::string> text, ReadIfThere(file, kMaxIdentityBytes));
  if (!text) return std::optional<Identity>();
  auto identity = IdentityFromText(*text, file.string());
  if (!identity) {
    return Invalid(fmt::format("{}; `vdiwatch-agent reset-identity` makes room for a new one",
                               identity.error().message));
  }
  return std::optional<Identity>(*std::move(identity));
}

Result<void> StateDir::SaveIdentity(const Identity& identity) const {
  return WriteFile(folder_ / "identity.pem", IdentityToText(identity), FileMode::kPrivate);
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
  for (const fs::path& path :
       {folder_ / "identity.pem", folder_ / "status.json", spool(), canary_dir / "canary.json"}) {
    std::error_code ignored;
    if (fs::exists(path, ignored) && !fs::is_empty(path, ignored)) traces.push_back(path);
  }
  return traces;
}

Result<void> RemoveAll(const std::vector<fs::path>& paths) {
  for (const fs::path& path : paths) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) {
      std::string message = fmt::format("cannot remove {}: {}", path.string(), error.message());
      return error == std::errc::permission_denied ? Denied(message) : Unavailable(message);
    }
  }
  return {};
}

}  // namespace vdiwatch::agent
