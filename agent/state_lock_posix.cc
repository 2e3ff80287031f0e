#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/state_dir.h"

namespace vdiwatch::agent {
namespace {

class FileLock : public StateLock {
 public:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  ~FileLock() override { ::close(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace

Result<std::unique_ptr<StateLock>> StateLock::Take(const StateDir& state) {
  std::string file = (state.folder() / "lock").string();
  int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    std::string message = fmt::format("cannot open {}: {}", file, std::strerror(errno));
    return errno == EACCES ? Denied(message) : Unavailable(message);
  }
  auto lock = std::make_unique<FileLock>(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Unavailable(fmt::format("another vdiwatch-agent uses {}: stop its service first",
                                   state.folder().string()));
  }
  return std::unique_ptr<StateLock>(std::move(lock));
}

}  // namespace vdiwatch::agent
