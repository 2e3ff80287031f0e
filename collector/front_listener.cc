#include "collector/front_listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <future>

namespace vdiwatch::collector {
namespace {

constexpr int kAcceptsInARow = 64;  // before other connections get their turn
constexpr std::chrono::milliseconds kPauseWithoutFiles{100};
constexpr std::chrono::milliseconds kPauseForRoom{5};
constexpr std::chrono::minutes kBetweenWarnings{1};

}  // namespace

FrontListener::FrontListener(Socket listening, std::vector<std::unique_ptr<FrontLoop>>& loops)
    : loops_(loops),
      shared_(loops.front()->shared()),
      listening_(std::move(listening)),
      watch_(*loops.front()->io(), ::fcntl(listening_.descriptor(), F_DUPFD_CLOEXEC, 0)),
      pause_(*loops.front()->io()) {
  boost::asio::post(*loops_.front()->io(), [this] { Wait(); });
}

FrontListener::~FrontListener() {
  std::promise<void> closed;
  boost::asio::post(*loops_.front()->io(), [&] {
    boost::system::error_code ignored;
    watch_.close(ignored);
    pause_.cancel();
    // What the close cancelled runs before this does.
    boost::asio::post(*loops_.front()->io(), [&closed] { closed.set_value(); });
  });
  closed.get_future().wait();
}

void FrontListener::Wait() {
  watch_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (!error) AcceptSome();
                    });
}

void FrontListener::AcceptSome() {
  for (int i = 0; i < kAcceptsInARow; ++i) {
    auto place = shared_.connections.Take(1);
    if (!place) return MakeRoom();
    Accepted accepted = Accept(listening_);
    switch (accepted.error) {
      case 0:
        loops_[next_loop_]->Adopt(std::move(accepted.socket), std::move(accepted.remote_ip),
                                  *std::move(place));
        next_loop_ = (next_loop_ + 1) % loops_.size();
        break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        Warn(accepted.error);
        return Pause(kPauseWithoutFiles);
      case EAGAIN:
        return Wait();
      default:  // that one connection is gone already
        break;
    }
  }
  Wait();
}

void FrontListener::MakeRoom() {
  for (auto& loop : loops_) loop->MakeRoom();
  Pause(kPauseForRoom);
}

void FrontListener::Pause(std::chrono::milliseconds time) {
  pause_.expires_after(time);
  pause_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) Wait();
  });
}

void FrontListener::Warn(int error) {
  SteadyTime now = std::chrono::steady_clock::now();
  if (now < next_warning_) return;
  shared_.log.Warning("cannot accept agents' connections: {}", std::strerror(error));
  next_warning_ = now + kBetweenWarnings;
}

}  // namespace vdiwatch::collector
