#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "agent/stop.h"

namespace vdiwatch::agent {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

TerminationSignal::TerminationSignal() {
  sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A collector that hangs up while we write is an error of that write, not the end of us.
  signal(SIGPIPE, SIG_IGN);
}

bool TerminationSignal::WaitFor(Seconds span) {
  sigset_t signals = StopSignals();
  timespec wait{.tv_sec = static_cast<time_t>(span.count()), .tv_nsec = 0};
  int signal = 0;
  do {
    signal = sigtimedwait(&signals, nullptr, &wait);
  } while (signal < 0 && errno == EINTR);
  return signal > 0;
}

// systemd-shutdownd(8) writes `scheduled` for `shutdown +5`; pam_nologin's file appears when logind
// or shutdown start to turn logins away.
bool MachineGoesDown(const std::string& root) {
  std::error_code ignored;
  std::filesystem::path run = std::filesystem::path(root) / "run";
  return std::filesystem::exists(run / "systemd/shutdown/scheduled", ignored) ||
         std::filesystem::exists(run / "nologin", ignored);
}

// sd_notify(3), the whole protocol: one datagram.
void NotifyService(const std::string& state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path);
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket
  int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  (void)::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), size);
  ::close(socket);
}

}  // namespace vdiwatch::agent
