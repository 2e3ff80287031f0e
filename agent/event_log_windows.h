#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "agent/news.h"
#include "base/log.h"

namespace vdiwatch::agent {

// The source vdiwatch-agent in the Application log, where a help desk looks. A machine that has no
// such log loses nothing but these entries. Any thread may call.
class EventLog {
 public:
  EventLog();
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void Started(std::string_view text);
  void Stopped(std::string_view text);
  // What the log says, as far as it is news.
  void Write(Log::Level level, std::string_view text, Time now);

  // Tells Windows where the entries' texts are: in this program. Needs an administrator.
  static Result<void> Register(const std::filesystem::path& program);
  static Result<void> Unregister();

 private:
  void Report(unsigned short type, unsigned long id, std::string_view text);

  void* source_;
  News news_;
};

}  // namespace vdiwatch::agent
