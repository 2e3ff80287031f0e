#include "agent/gather/read_posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

class Descriptor {
 public:
  // Never blocks on what only looks like a file, and never becomes its terminal.
  explicit Descriptor(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

MissingReading Failed(std::string why) { return {Missing::kFailed, std::move(why)}; }

void ReplaceNonUtf8(std::string& text) {
  if (IsUtf8(text)) return;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\0') c = '?';
  }
}

}  // namespace

MissingReading MissingBecause(int error) {
  std::string why = std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
      return {Missing::kAbsent, std::move(why)};
    case EACCES:
    case EPERM:
      return {Missing::kDenied, std::move(why)};
    default:
      return Failed(std::move(why));
  }
}

Reading ReadBytesFile(const std::string& path, std::size_t max_bytes) {
  Descriptor file(path);
  if (file.number() < 0) return MissingBecause(errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return MissingBecause(errno);
  if (!S_ISREG(status.st_mode)) return Failed("it is no regular file");
  // Files of the kernel tell no size, so that one byte more than allowed is tried.
  std::string bytes(max_bytes + 1, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    ssize_t count = ::read(file.number(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return MissingBecause(errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  if (filled > max_bytes) return Failed(fmt::format("it is larger than {} bytes", max_bytes));
  bytes.resize(filled);
  return BytesReading{std::move(bytes)};
}

Reading ReadTextFile(const std::string& path, std::size_t max_bytes) {
  Reading reading = ReadBytesFile(path, max_bytes);
  auto* bytes = std::get_if<BytesReading>(&reading);
  if (!bytes) return reading;
  ReplaceNonUtf8(bytes->bytes);
  return TextReading{std::move(bytes->bytes)};
}

Reading ReadPresence(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return MissingBecause(errno);
  return StateReading{"present", ""};
}

Reading ReadFolder(const std::string& path, std::size_t max_names) {
  std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return MissingBecause(errno);
  KeysReading reading;
  while (const dirent* entry = ::readdir(folder.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (reading.keys.size() == max_names) {
      return Failed(fmt::format("it holds more than {} entries", max_names));
    }
    reading.keys.push_back(std::move(name));
  }
  std::ranges::sort(reading.keys);
  return reading;
}

}  // namespace vdiwatch::agent
