#pragma once

#include <filesystem>
#include <memory>

#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {

// A directory of its own, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A file in a folder of its own.
class SqliteEngine : public StoreEngine {
 public:
  Result<Database> Open() override { return OpenSqlite(file()); }
  std::filesystem::path file() const { return folder_.path() / "vdiwatch.db"; }

 private:
  TemporaryFolder folder_;
};

inline EngineCase SqliteCase() {
  return {"Sqlite", [] { return std::make_unique<SqliteEngine>(); }};
}

}  // namespace vdiwatch::collector
