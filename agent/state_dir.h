#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/identity.h"
#include "agent/status.h"
#include "base/result.h"

namespace vdiwatch::agent {

// The agent's folder: identity.pem (0600, its key protected), identity.pem.broken, status.json,
// spool/, sealed, token. Value; opens nothing.
class StateDir {
 public:
  explicit StateDir(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<void> Create() const;
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path spool() const { return folder_ / "spool"; }

  // Nothing if there is none. Invalid if the file is no identity.
  Result<std::optional<Identity>> LoadIdentity() const;
  Result<void> SaveIdentity(const Identity& identity) const;
  // Makes room for a new one; where the old file is then. One is kept. Invalid if it is no file.
  Result<std::filesystem::path> SetIdentityAside() const;

  Result<std::optional<Status>> LoadStatus() const;
  Result<void> SaveStatus(const Status& status) const;

  // The boot in which the image was sealed: during it, the agent does not enrol.
  std::optional<std::string> SealedInBoot() const;
  Result<void> MarkSealed(const std::string& boot_id) const;

  // What makes this folder belong to one machine, as paths that are there.
  std::vector<std::filesystem::path> Traces(const std::filesystem::path& canary_dir) const;
  // What is left of it without these: the lock, the seal, and the spool's folder.
  std::vector<std::filesystem::path> Marks() const;
  // Temporary files of writes that were cut off; they may hold a key.
  std::vector<std::filesystem::path> Leftovers(const std::filesystem::path& canary_dir) const;

 private:
  std::filesystem::path folder_;
};

// Removes these; the first that cannot be removed is the error.
Result<void> RemoveAll(const std::vector<std::filesystem::path>& paths);

// Held while something uses the folder's identity: two agents with one key would look like clones.
class StateLock {
 public:
  virtual ~StateLock() = default;
  // Unavailable if another process holds it.
  static Result<std::unique_ptr<StateLock>> Take(const StateDir& state);
};

}  // namespace vdiwatch::agent
