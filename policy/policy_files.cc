#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/text.h"
#include "policy/policy_set.h"

// The bytes of rules/docker-desktop-vdi.yaml (built_in_pack.S).
extern "C" const char vdiwatch_built_in_pack[];
extern "C" const char vdiwatch_built_in_pack_end[];

namespace vdiwatch::policy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxListBytes = 8 << 20;  // a broker's export, with all of its columns
constexpr std::size_t kMaxAllBytes = 12 << 20;

std::string Extension(const fs::path& name) { return ToLower(name.extension().string()); }

// Editors' leavings are none of ours: .x.yaml.swp, .#x.yaml, x.yaml~, #x.yaml#.
bool IsPolicyName(const fs::path& name) {
  auto extension = Extension(name);
  bool known = extension == ".yaml" || extension == ".yml" || extension == ".csv";
  return known && !name.string().starts_with('.');
}

// Where the files stand now. A directory that is replaced as a whole is reached through a symbolic
// link: its own name, or ..data in a mounted ConfigMap of Kubernetes. Followed once, so that no
// set is read half from the old one and half from the new one.
fs::path Settled(const fs::path& directory) {
  std::error_code error;
  fs::path data = directory / "..data";
  fs::path settled = fs::canonical(fs::is_symlink(data, error) ? data : directory, error);
  return error ? directory : settled;
}

Error Unreadable(const fs::path& path, const std::error_code& error) {
  std::string message = fmt::format("cannot read {}: {}", path.string(), error.message());
  if (error == std::errc::permission_denied) return Denied(std::move(message));
  return error == std::errc::no_such_file_or_directory ? NotFound(std::move(message))
                                                       : Invalid(std::move(message));
}

// The names of the files in a directory, sorted.
Result<std::vector<std::string>> PolicyFilesOf(const fs::path& directory) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator end, entry(directory, error);
  for (; !error && entry != end; entry.increment(error)) {
    fs::path name = entry->path().filename();
    std::error_code ignored;
    if (IsPolicyName(name) && !entry->is_directory(ignored)) names.push_back(name.string());
  }
  if (error) return Unreadable(directory, error);
  std::ranges::sort(names);
  return names;
}

// A file's text. A pipe or a device would keep the reader waiting, and is refused.
Result<std::string> ReadPolicyText(const fs::path& path) {
  std::error_code error;
  auto status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return Invalid(fmt::format("{} is no regular file", path.string()));
  }
  return ReadFile(path, Extension(path) == ".csv" ? kMaxListBytes : kMaxFileBytes);
}

// The files as they are in `from`, named as in `directory`.
Result<std::vector<PolicyFile>> ReadDirectory(const fs::path& directory, const fs::path& from) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, PolicyFilesOf(from));
  std::vector<PolicyFile> files;
  std::size_t bytes = 0;
  for (const auto& name : names) {
    ASSIGN_OR_RETURN(std::string text, ReadPolicyText(from / name));
    bytes += text.size();
    if (bytes > kMaxAllBytes) {
      return Invalid(
          fmt::format("{} holds over {} bytes of policy", directory.string(), kMaxAllBytes));
    }
    files.push_back({(directory / name).string(), std::move(text)});
  }
  return files;
}

}  // namespace

Result<std::vector<PolicyFile>> ReadPolicyFiles(const std::string& name) {
  // As UTF-8, which std::filesystem takes a std::string for on POSIX alone.
  const fs::path path(std::u8string(name.begin(), name.end()));
  std::error_code error;
  if (fs::is_directory(path, error)) return ReadDirectory(path, Settled(path));
  if (error && error != std::errc::no_such_file_or_directory) return Unreadable(path, error);
  ASSIGN_OR_RETURN(std::string text, ReadPolicyText(path));
  return std::vector<PolicyFile>{{name, std::move(text)}};
}

PolicyFile BuiltInPack() {
  return {"built-in/docker-desktop-vdi.yaml",
          std::string(vdiwatch_built_in_pack, vdiwatch_built_in_pack_end)};
}

}  // namespace vdiwatch::policy
