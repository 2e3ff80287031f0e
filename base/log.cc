#include "base/log.h"

#include <cstdio>

#include "base/clock.h"

namespace vdiwatch {

void Log::Write(Level level, std::string_view text) {
  constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
  std::string line = fmt::format("{} {}: {}\n", FormatTime(SystemClock().Now()),
                                 kNames[static_cast<int>(level)], text);
  std::lock_guard lock(mutex_);
  std::fwrite(line.data(), 1, line.size(), stderr);
  if (also_) also_(level, text);
}

}  // namespace vdiwatch
