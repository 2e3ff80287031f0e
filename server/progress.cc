#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "server/cli.h"

namespace vdiwatch::server {

void Progress::Show(std::string_view text) {
  if (!terminal_.progress || (text.empty() && !shown_)) return;
  terminal_.err << "\r\x1b[K" << text << std::flush;
  shown_ = !text.empty();
}

void Progress::Show(std::string_view what, std::int64_t done, std::int64_t of) {
  constexpr std::int64_t kCells = 24;
  if (of <= 0) return Show(fmt::format("{} {} …", done, what));
  const std::int64_t full = std::clamp<std::int64_t>(done * kCells / of, 0, kCells);
  Show(fmt::format("{} [{:#<{}}{:-<{}}] {} of {}", what, "", full, "", kCells - full, done, of));
}

}  // namespace vdiwatch::server
