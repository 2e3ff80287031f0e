#include "base/file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace vdiwatch {

Result<void> FlushStandardOutput() {
  errno = 0;
  bool lost = std::ferror(stdout) != 0;
  if (std::fflush(stdout) == 0 && !lost) return {};
  // What an earlier write met is not known any more.
  std::string why = errno != 0 ? std::string(": ") + std::strerror(errno) : "";
  return Unavailable("cannot write the standard output" + why);
}

}  // namespace vdiwatch
