#include "agent/usage.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr int kUsage = 64;  // EX_USAGE

}  // namespace

int EndUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {  // --help, --version
    return EndOutput(app.get_name(), app.exit(error));
  }
  // What is too much is the mistake, even where something else is missing because of it.
  const std::vector<std::string> extras = app.remaining(true);
  const std::string problem = extras.empty()
                                  ? Printable(error.what())
                                  : fmt::format("'{}' is not expected here", Printable(extras[0]));
  std::fprintf(stderr, "%s: %s (see `%s --help`)\n", app.get_name().c_str(), problem.c_str(),
               app.get_name().c_str());
  return kUsage;
}

int EndOutput(std::string_view program, int code) {
  auto flushed = FlushStandardOutput();
  if (flushed) return code;
  std::fprintf(stderr, "%s: %s\n", std::string(program).c_str(), flushed.error().message.c_str());
  return kOutputLost;
}

}  // namespace vdiwatch::agent
