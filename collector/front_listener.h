#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "collector/front_loop.h"
#include "collector/front_socket.h"

namespace vdiwatch::collector {

// Accepts connections on the first loop's thread and hands them to the loops in turn. A full house
// makes room at the cost of those who have waited longest without saying who they are. Lives within
// the loops' life.
class FrontListener {
 public:
  FrontListener(Socket listening, std::vector<std::unique_ptr<FrontLoop>>& loops);
  ~FrontListener();

 private:
  void Wait();
  void AcceptSome();
  void MakeRoom();
  void Pause(std::chrono::milliseconds time);
  void Warn(int error);

  std::vector<std::unique_ptr<FrontLoop>>& loops_;
  FrontShared& shared_;
  const Socket listening_;
  boost::asio::posix::stream_descriptor watch_;  // a second name of listening_, for waiting
  boost::asio::steady_timer pause_;
  std::size_t next_loop_ = 0;
  SteadyTime next_warning_{};
};

}  // namespace vdiwatch::collector
