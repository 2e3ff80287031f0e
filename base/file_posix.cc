#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/digest.h"
#include "base/file.h"

namespace vdiwatch {
namespace {

namespace fs = std::filesystem;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Error Failed(const char* verb, const fs::path& path, int error) {
  std::string message = fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(error));
  switch (error) {
    case ENOENT:
      return NotFound(message);
    case EACCES:
    case EPERM:
      return Denied(message);
    default:
      return Unavailable(message);
  }
}

File OpenNew(const fs::path& path, FileMode mode) {
  int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          mode == FileMode::kPrivate ? 0600 : 0644);
  return File(descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb"), std::fclose);
}
bool Sync(std::FILE* file) { return std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0; }
void SyncFolder(const fs::path& folder) {
  int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

Result<std::string> ReadFile(const fs::path& path, std::size_t max_bytes) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return Invalid(fmt::format("cannot read {}: it is a directory", path.string()));
  }
  File file(std::fopen(path.string().c_str(), "rb"), std::fclose);
  if (!file) return Failed("read", path, errno);
  std::string bytes;
  char chunk[65536];
  while (std::size_t count = std::fread(chunk, 1, sizeof chunk, file.get())) {
    bytes.append(chunk, count);
    if (bytes.size() > max_bytes) {
      return Invalid(fmt::format("cannot read {}: over {} bytes", path.string(), max_bytes));
    }
  }
  if (std::ferror(file.get())) return Failed("read", path, errno);
  return bytes;
}

Result<void> WriteFile(const fs::path& path, std::string_view bytes, FileMode mode) {
  fs::path fresh = path;
  fresh += "." + Hex(RandomBytes(6)) + ".new";
  File file = OpenNew(fresh, mode);
  if (!file) return Failed("write", path, errno);
  bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  if (!written || !Sync(file.get())) {
    Error error = Failed("write", path, errno);
    std::error_code ignored;
    fs::remove(fresh, ignored);
    return error;
  }
  file.reset();
  std::error_code moved;
  fs::rename(fresh, path, moved);
  if (moved) return Unavailable(fmt::format("cannot write {}: {}", path.string(), moved.message()));
  SyncFolder(path.parent_path());
  return {};
}

}  // namespace vdiwatch
