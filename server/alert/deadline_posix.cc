#include <sys/socket.h>
#include <unistd.h>

#include "server/alert/deadline.h"

namespace vdiwatch::server::alert {

Deadline::Deadline(int socket, Moment end)
    : socket_(::dup(socket)),
      watch_([this, end](const std::stop_token& stop) { Watch(stop, end); }) {}

Deadline::~Deadline() {
  watch_.request_stop();
  watch_.join();
  if (socket_ >= 0) ::close(socket_);
}

void Deadline::Watch(const std::stop_token& stop, Moment end) {
  std::unique_lock lock(mutex_);
  ended_.wait_until(lock, stop, end, [] { return false; });
  if (stop.stop_requested()) return;
  passed_ = true;
  ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace vdiwatch::server::alert
