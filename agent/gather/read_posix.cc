#include "agent/gather/read_posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Never blocks on what only looks like a file, and never becomes its terminal.
constexpr int kToRead = O_RDONLY | O_NONBLOCK | O_NOCTTY;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  // The kernel's own name for what is open.
  std::string Link() const { return fmt::format("/proc/self/fd/{}", number_); }

 private:
  const int number_;
};

constexpr auto kNoFile = "it is no regular file";
constexpr auto kLeadsOut = "a link leads out of the user's folder";

MissingReading Failed(std::string why) { return {Missing::kFailed, std::move(why)}; }

// One byte more than allowed tells what is too large: the kernel's files name no size, and others
// may grow meanwhile.
Reading ReadAtMost(int file, std::size_t max_bytes) {
  constexpr std::size_t kFirstBytes = 4096;
  struct stat status {};
  if (::fstat(file, &status) != 0) return MissingBecause(errno);
  if (!S_ISREG(status.st_mode)) return Failed(kNoFile);
  std::string bytes(std::min(max_bytes + 1, kFirstBytes), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    ssize_t count = ::read(file, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return MissingBecause(errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled == bytes.size()) bytes.resize(std::min(max_bytes + 1, filled * 2));
  }
  if (filled > max_bytes) return Failed(fmt::format("it is larger than {} bytes", max_bytes));
  bytes.resize(filled);
  return BytesReading{std::move(bytes)};
}

Reading AsText(Reading reading) {
  auto* bytes = std::get_if<BytesReading>(&reading);
  if (!bytes) return reading;
  if (!IsUtf8(bytes->bytes)) {
    for (char& c : bytes->bytes) {
      if (static_cast<unsigned char>(c) >= 0x80 || c == '\0') c = '?';
    }
  }
  return TextReading{std::move(bytes->bytes)};
}

// Whether what is open lies in the folder, after all links.
bool IsWithin(const Descriptor& open, const std::string& folder) {
  char real_folder[PATH_MAX], real_path[PATH_MAX];
  ssize_t size = ::readlink(open.Link().c_str(), real_path, sizeof real_path);
  if (size < 0 || !::realpath(folder.c_str(), real_folder)) return false;
  std::string_view path(real_path, static_cast<std::size_t>(size));
  return path.starts_with(std::string(real_folder) + "/");
}

}  // namespace

MissingReading MissingBecause(int error) {
  std::string why = std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:  // a process that ended meanwhile
      return {Missing::kAbsent, std::move(why)};
    case EACCES:
    case EPERM:
      return {Missing::kDenied, std::move(why)};
    default:
      return Failed(std::move(why));
  }
}

Reading ReadBytesFile(const std::string& path, std::size_t max_bytes) {
  Descriptor file(path, kToRead);
  return file.number() < 0 ? MissingBecause(errno) : ReadAtMost(file.number(), max_bytes);
}

Reading ReadTextFile(const std::string& path, std::size_t max_bytes) {
  return AsText(ReadBytesFile(path, max_bytes));
}

Reading ReadPresence(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return MissingBecause(errno);
  return StateReading{"present", ""};
}

Reading ReadTextFileWithin(const std::string& folder, const std::string& path,
                           std::size_t max_bytes) {
  // Found, but not opened: opening alone has effects on some devices.
  Descriptor found(path, O_PATH);
  if (found.number() < 0) return MissingBecause(errno);
  struct stat status {};
  if (::fstat(found.number(), &status) != 0) return MissingBecause(errno);
  if (!S_ISREG(status.st_mode)) return Failed(kNoFile);
  if (!IsWithin(found, folder)) return Failed(kLeadsOut);
  Descriptor file(found.Link(), kToRead);
  return file.number() < 0 ? MissingBecause(errno) : AsText(ReadAtMost(file.number(), max_bytes));
}

Reading ReadPresenceWithin(const std::string& folder, const std::string& path) {
  Descriptor found(path, O_PATH);
  if (found.number() < 0) return MissingBecause(errno);
  if (!IsWithin(found, folder)) return Failed(kLeadsOut);
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
