#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "collector/store/sqlite_file.h"

namespace vdiwatch::collector {

Result<void> MakePrivateFile(const std::filesystem::path& file) {
  // Never opens a file that is there: closing it would drop the locks that SQLite holds on it in
  // this process (https://sqlite.org/howtocorrupt.html, 2.2).
  int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);
  if (descriptor >= 0 || errno == EEXIST) return {};
  std::string message = fmt::format("{}: cannot be made: {}", file.string(), std::strerror(errno));
  bool denied = errno == EACCES || errno == EPERM || errno == EROFS;
  return denied ? Denied(message) : Unavailable(message);
}

}  // namespace vdiwatch::collector
