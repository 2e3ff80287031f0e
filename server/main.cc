#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "server/cli.h"

namespace {

// As wide as the terminal says it is, within reason.
std::size_t TerminalWidth() {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60;
  return known ? size.ws_col : 100;
}

}  // namespace

int main(int argc, char** argv) {
  const bool color = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return vdiwatch::server::RunCommandLine(
      {argv + 1, argv + argc},
      {std::cout, std::cerr, color, TerminalWidth(), isatty(STDERR_FILENO) != 0});
}
