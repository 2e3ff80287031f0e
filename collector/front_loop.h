#pragma once

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>

#include "collector/front_budget.h"
#include "collector/front_shared.h"
#include "collector/front_socket.h"

namespace vdiwatch::collector {

class FrontConnection;

using SteadyTime = std::chrono::steady_clock::time_point;

// One network thread with its connections, all of whose state belongs to that thread alone.
class FrontLoop {
 public:
  explicit FrontLoop(FrontShared& shared);
  // Closes what is open and joins the thread. Answers that come later are dropped.
  ~FrontLoop();

  // Serves an accepted, non-blocking socket from now on. Any thread.
  void Adopt(Socket socket, std::string remote_ip, Budget::Share place);

  // Closes some of those that have waited longest for their client, nameless ones first. Any
  // thread.
  void MakeRoom();

  FrontShared& shared() { return shared_; }
  // Outlives this loop in the hands of those who still owe an answer.
  const std::shared_ptr<boost::asio::io_context>& io() { return io_; }

  // For connections, on the loop's thread.
  std::span<char> scratch() { return scratch_; }
  // Queues it for its handshake; false if the queue is full.
  bool QueueHandshake(std::shared_ptr<FrontConnection> connection);
  void Forget(const std::shared_ptr<FrontConnection>& connection);

 private:
  void StartNextHandshake();
  void Tick();
  void CloseOverdue();
  void CloseLongestWaiting();
  void ReportRefusals();
  void CloseAll();

  FrontShared& shared_;
  const std::shared_ptr<boost::asio::io_context> io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer ticker_;
  std::unordered_set<std::shared_ptr<FrontConnection>> connections_;
  std::deque<std::shared_ptr<FrontConnection>> waiting_;  // for their handshake
  SteadyTime next_report_;
  std::array<char, 16 << 10> scratch_;
  std::thread thread_;
};

}  // namespace vdiwatch::collector
