#include "collector/front_loop.h"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <vector>

#include "collector/front_connection.h"

namespace vdiwatch::collector {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kTick{250};  // deadlines are late by at most this
constexpr std::chrono::minutes kBetweenReports{1};
constexpr std::size_t kEvictedPart = 16;  // this part of a full house goes at once

}  // namespace

FrontLoop::FrontLoop(FrontShared& shared)
    : shared_(shared),
      io_(std::make_shared<asio::io_context>(1)),
      work_(asio::make_work_guard(*io_)),
      ticker_(*io_),
      next_report_(std::chrono::steady_clock::now() + kBetweenReports) {
  Tick();
  thread_ = std::thread([this] { io_->run(); });
}

FrontLoop::~FrontLoop() {
  asio::post(*io_, [this] { CloseAll(); });
  thread_.join();
}

void FrontLoop::Adopt(Socket socket, std::string remote_ip, Budget::Share place) {
  auto connection = std::make_shared<FrontConnection>(*this, std::move(socket),
                                                      std::move(remote_ip), std::move(place));
  asio::dispatch(*io_, [this, connection = std::move(connection)] {
    connections_.insert(connection);
    connection->Start();
  });
}

void FrontLoop::MakeRoom() {
  asio::dispatch(*io_, [this] { CloseLongestWaiting(); });
}

bool FrontLoop::QueueHandshake(std::shared_ptr<FrontConnection> connection) {
  if (waiting_.size() >= static_cast<std::size_t>(shared_.options.max_handshakes)) return false;
  waiting_.push_back(std::move(connection));
  if (waiting_.size() == 1) asio::post(*io_, [this] { StartNextHandshake(); });
  return true;
}

// One at a time: between two of them the loop serves everything that is ready, so that handshakes
// that were begun, and requests, go before new handshakes, and no work is wasted under overload.
void FrontLoop::StartNextHandshake() {
  if (waiting_.empty()) return;
  std::shared_ptr<FrontConnection> next = std::move(waiting_.front());
  waiting_.pop_front();
  if (!waiting_.empty()) asio::post(*io_, [this] { StartNextHandshake(); });
  next->StartHandshake();
}

void FrontLoop::Forget(const std::shared_ptr<FrontConnection>& connection) {
  connections_.erase(connection);
}

void FrontLoop::Tick() {
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    CloseOverdue();
    ReportRefusals();
    Tick();
  });
}

void FrontLoop::CloseOverdue() {
  SteadyTime now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<FrontConnection>> overdue;
  for (const auto& connection : connections_) {
    if (connection->IsOverdue(now)) overdue.push_back(connection);
  }
  for (const auto& connection : overdue) connection->Close();
}

void FrontLoop::CloseLongestWaiting() {
  std::vector<std::shared_ptr<FrontConnection>> waiting;
  for (const auto& connection : connections_) {
    if (connection->WaitsForClient()) waiting.push_back(connection);
  }
  if (waiting.empty()) return;
  auto count = static_cast<std::ptrdiff_t>((waiting.size() + kEvictedPart - 1) / kEvictedPart);
  std::nth_element(waiting.begin(), waiting.begin() + count - 1, waiting.end(),
                   [](const auto& a, const auto& b) { return a->GoesBefore(*b); });
  std::for_each(waiting.begin(), waiting.begin() + count, [](auto& one) { one->Close(); });
  shared_.evicted_connections.Add(static_cast<std::uint64_t>(count));
}

void FrontLoop::ReportRefusals() {
  SteadyTime now = std::chrono::steady_clock::now();
  if (now < next_report_) return;
  next_report_ = now + kBetweenReports;
  std::uint64_t evicted = shared_.evicted_connections.TakeUntold();
  std::uint64_t handshakes = shared_.refused_handshakes.TakeUntold();
  std::uint64_t requests = shared_.refused_requests.TakeUntold();
  if (evicted + handshakes + requests == 0) return;
  shared_.log.Warning(
      "overloaded: in the last minute {} waiting connections closed, {} handshakes and {} requests "
      "refused",
      evicted, handshakes, requests);
}

void FrontLoop::CloseAll() {
  std::vector<std::shared_ptr<FrontConnection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->Close();
  waiting_.clear();
  ticker_.cancel();
  work_.reset();
}

}  // namespace vdiwatch::collector
