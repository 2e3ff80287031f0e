#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
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

// What stands at a path, all links followed.
struct Target {
  enum class Kind { kNothing, kFile, kStream, kOther } kind = Kind::kNothing;
  fs::path path;  // of a file: its own name
};

Target::Kind KindOf(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return Target::Kind::kFile;
  bool stream = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) || S_ISFIFO(status.st_mode);
  return stream ? Target::Kind::kStream : Target::Kind::kOther;
}

// The kernel follows the link, not we: it refuses those that others planted in a shared folder
// (proc(5), fs.protected_symlinks).
Result<Target> FollowLink(const fs::path& link) {
  int descriptor = ::open(link.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0) return Failed("write", link, errno);
  struct stat status {};
  char name[PATH_MAX];
  ssize_t size = -1;
  if (::fstat(descriptor, &status) == 0) {
    std::string opened = fmt::format("/proc/self/fd/{}", descriptor);
    size = ::readlink(opened.c_str(), name, sizeof name);
  }
  int error = errno;
  ::close(descriptor);
  if (size < 0) return Failed("write", link, error);
  return Target{KindOf(status), fs::path(std::string(name, static_cast<std::size_t>(size)))};
}

Result<Target> TargetOf(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return Target{Target::Kind::kNothing, path};
  if (S_ISLNK(status.st_mode)) return FollowLink(path);
  return Target{KindOf(status), path};
}

Result<void> Replace(const fs::path& path, std::string_view bytes, FileMode mode) {
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
  if (moved) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    return Unavailable(fmt::format("cannot write {}: {}", path.string(), moved.message()));
  }
  SyncFolder(path.parent_path());
  return {};
}

Result<void> WriteInto(const fs::path& path, std::string_view bytes) {
  int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return Failed("write", path, errno);
  File file(::fdopen(descriptor, "wb"), std::fclose);
  if (!file) return Failed("write", path, errno);
  bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  if (!written || std::fflush(file.get()) != 0) return Failed("write", path, errno);
  return {};
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
  ASSIGN_OR_RETURN(Target target, TargetOf(path));
  if (target.kind == Target::Kind::kNothing || target.kind == Target::Kind::kFile) {
    return Replace(target.path, bytes, mode);
  }
  std::error_code ignored;
  const char* why = fs::is_directory(path, ignored) ? "it is a directory" : "it is no regular file";
  return Invalid(fmt::format("cannot write {}: {}", path.string(), why));
}

Result<void> WriteOutput(const fs::path& path, std::string_view bytes, FileMode mode) {
  ASSIGN_OR_RETURN(Target target, TargetOf(path));
  return target.kind == Target::Kind::kStream ? WriteInto(path, bytes)
                                              : WriteFile(path, bytes, mode);
}

}  // namespace vdiwatch
