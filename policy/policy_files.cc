#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "policy/policy_set.h"

// The bytes of rules/docker-desktop-vdi.yaml (built_in_pack.S).
extern "C" const char vdiwatch_built_in_pack[];
extern "C" const char vdiwatch_built_in_pack_end[];

namespace vdiwatch::policy {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

bool IsYamlName(const std::filesystem::path& path) {
  auto extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml";
}

Result<std::vector<std::filesystem::path>> YamlFilesOf(const std::string& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  std::filesystem::directory_iterator end, entry(directory, error);
  for (; !error && entry != end; entry.increment(error)) {
    bool hidden = entry->path().filename().string().starts_with('.');
    if (!hidden && IsYamlName(entry->path())) paths.push_back(entry->path());
  }
  if (error) {
    return Invalid(fmt::format("cannot read the directory {}: {}", directory, error.message()));
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

Result<std::vector<PolicyFile>> ReadPolicyFiles(const std::string& path) {
  std::error_code error;
  std::vector<std::filesystem::path> paths = {path};
  if (std::filesystem::is_directory(path, error)) {
    ASSIGN_OR_RETURN(paths, YamlFilesOf(path));
  }
  std::vector<PolicyFile> files;
  for (const auto& file : paths) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(file, kMaxFileBytes));
    files.push_back({file.string(), std::move(text)});
  }
  return files;
}

PolicyFile BuiltInPack() {
  return {"built-in/docker-desktop-vdi.yaml",
          std::string(vdiwatch_built_in_pack, vdiwatch_built_in_pack_end)};
}

}  // namespace vdiwatch::policy
