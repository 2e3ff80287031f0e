#include "agent/path.h"
#include "base/result_windows.h"

namespace vdiwatch::agent {

// libstdc++ would give the words of this Windows' language, in its code page.
std::string ReasonOf(const std::error_code& error) {
  bool windows = error.category() == std::system_category();
  return windows ? DescribeWindowsError(static_cast<std::uint32_t>(error.value()))
                 : error.message();
}

}  // namespace vdiwatch::agent
