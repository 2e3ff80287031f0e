#pragma once

#include <fmt/format.h>

#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace vdiwatch {

// One line a message on stderr: time, level, text; systemd picks it up there. `also` gets each
// message, too, one at a time. Any thread may call. Passed in, never looked up. Secrets are never
// handed to it.
class Log {
 public:
  enum class Level { kDebug, kInfo, kWarning, kError };

  using Also = std::function<void(Level, std::string_view)>;

  explicit Log(Level least = Level::kInfo, Also also = {})
      : least_(least), also_(std::move(also)) {}

  template <class... Args>
  void Debug(fmt::format_string<Args...> format, Args&&... args) {
    if (least_ <= Level::kDebug)
      Write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void Info(fmt::format_string<Args...> format, Args&&... args) {
    if (least_ <= Level::kInfo)
      Write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void Warning(fmt::format_string<Args...> format, Args&&... args) {
    if (least_ <= Level::kWarning)
      Write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void Error(fmt::format_string<Args...> format, Args&&... args) {
    Write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  void Write(Level level, std::string_view text);

  const Level least_;
  const Also also_;
  std::mutex mutex_;
};

}  // namespace vdiwatch
