#include "tests/collector/sqlite_files.h"

#include "base/digest.h"

namespace vdiwatch::collector {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder()
    : path_(fs::temp_directory_path() / ("vdiwatch-store-" + Hex(RandomBytes(8)))) {
  fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace vdiwatch::collector
