#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/data_lock.h"

namespace vdiwatch::server {
namespace {

class FileLock : public DataLock {
 public:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  ~FileLock() override { ::close(descriptor_); }

 private:
  int descriptor_;
};

Error CannotOpen(const std::string& file, int error) {
  const std::string message = fmt::format("cannot open {}: {}", file, std::strerror(error));
  return error == EACCES ? Denied(message) : Unavailable(message);
}

}  // namespace

Result<std::unique_ptr<DataLock>> DataLock::Take(const std::filesystem::path& data_dir) {
  const std::string file = (data_dir / "lock").string();
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return CannotOpen(file, errno);
  auto lock = std::make_unique<FileLock>(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Unavailable(
        fmt::format("another vdiwatch serves from data_dir {}: stop it first, or "
                    "give this one its own",
                    data_dir.string()));
  }
  return std::unique_ptr<DataLock>(std::move(lock));
}

}  // namespace vdiwatch::server
