#include "tests/load/bench_load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>

namespace vdiwatch::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using State = BenchConnection::State;

// One request on its way.
struct Flight {
  BenchSeat* seat = nullptr;
  std::unique_ptr<BenchConnection> connection;
  SteadyTime began{};
  std::uint32_t watched = 0;  // what epoll waits for
};

class Loop {
 public:
  Loop(std::uint16_t port, Handshake handshake)
      : port_(port), handshake_(handshake), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
  ~Loop() { ::close(epoll_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Launch(BenchSeat& seat) {
    auto flight = std::make_unique<Flight>();
    flight->seat = &seat;
    flight->began = steady_clock::now();
    flight->connection = std::make_unique<BenchConnection>(
        port_, seat.context(), handshake_ == Handshake::kResumed ? seat.session : nullptr,
        number_++);
    flight->connection->Ask(seat.NextCheckIn(handshake_ == Handshake::kKeptAlive));
    Flight* raw = flight.get();
    flights_.emplace(raw, std::move(flight));
    began_.push_back({raw->began, raw});
    Advance(*raw);
  }

  // Handles what has come within `wait`.
  void Turn(milliseconds wait) {
    epoll_event events[256];
    int count = ::epoll_wait(epoll_, events, 256, static_cast<int>(wait.count()));
    for (int i = 0; i < count; ++i) Advance(*static_cast<Flight*>(events[i].data.ptr));
  }

  // Those that began earlier than `before` are given up. The newest flight may reuse an address,
  // so the moment tells them apart.
  void GiveUp(SteadyTime before) {
    while (!began_.empty() && began_.front().first < before) {
      auto [began, raw] = began_.front();
      began_.pop_front();
      auto found = flights_.find(raw);
      if (found == flights_.end() || raw->began != began) continue;
      ++result_.timed_out;
      flights_.erase(found);
    }
  }

  // Seats whose request ended, in order.
  std::vector<BenchSeat*> TakeFree() { return std::exchange(free_, {}); }
  bool idle() const { return flights_.empty(); }
  LoadResult& result() { return result_; }

 private:
  void Advance(Flight& flight) {
    for (;;) {
      State state = flight.connection->Advance();
      if (state == State::kWantRead) return Watch(flight, EPOLLIN);
      if (state == State::kWantWrite) return Watch(flight, EPOLLOUT);
      if (state == State::kFailed) {
        ++result_.broken;
        return End(flight);
      }
      Note(flight);
      if (handshake_ != Handshake::kKeptAlive || !flight.connection->open()) {
        return End(flight);
      }
      flight.began = steady_clock::now();
      flight.connection->Ask(flight.seat->NextCheckIn(true));
    }
  }

  void Note(Flight& flight) {
    const int status = flight.connection->status();
    ++(status >= 200 && status < 300 ? result_.answered : result_.refused);
    if (status >= 300) return;
    result_.resumed += flight.connection->resumed();
    const std::chrono::duration<double, std::milli> took = steady_clock::now() - flight.began;
    result_.latencies_ms.push_back(took.count());
    if (auto session = flight.connection->TakeSession()) flight.seat->session = session;
  }

  void Watch(Flight& flight, std::uint32_t what) {
    if (flight.watched == what) return;
    epoll_event event{};
    event.events = what;
    event.data.ptr = &flight;
    ::epoll_ctl(epoll_, flight.watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, flight.connection->fd(),
                &event);
    flight.watched = what;
  }

  void End(Flight& flight) {
    free_.push_back(flight.seat);
    flights_.erase(&flight);
  }

  const std::uint16_t port_;
  const Handshake handshake_;
  const int epoll_;
  unsigned int number_ = 0;
  std::map<Flight*, std::unique_ptr<Flight>> flights_;
  std::deque<std::pair<SteadyTime, Flight*>> began_;
  std::vector<BenchSeat*> free_;
  LoadResult result_;
};

constexpr milliseconds kLanding{3000};  // for what is on its way at the end

}  // namespace

double LoadResult::LatencyAt(double share) const {
  if (latencies_ms.empty()) return 0;
  std::vector<double> sorted = latencies_ms;
  auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(at));
  return sorted[at];
}

LoadResult RunClosedLoop(std::span<BenchSeat> seats, std::uint16_t port, Handshake handshake,
                         milliseconds duration) {
  Loop loop(port, handshake);
  const auto start = steady_clock::now(), end = start + duration;
  for (BenchSeat& seat : seats) loop.Launch(seat);
  while (steady_clock::now() < end) {
    loop.Turn(milliseconds(10));
    for (BenchSeat* seat : loop.TakeFree()) loop.Launch(*seat);
  }
  loop.result().seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  return loop.result();
}

LoadResult RunOpenLoop(std::span<BenchSeat> seats, std::uint16_t port, const OpenLoad& load) {
  Loop loop(port, load.handshake);
  const auto start = steady_clock::now(), end = start + load.duration;
  std::int64_t launched = 0;
  for (auto now = start; now < end; now = steady_clock::now()) {
    const double due = std::chrono::duration<double>(now - start).count() * load.rate;
    for (int burst = 0; burst < 64 && static_cast<double>(launched) < due; ++burst) {
      loop.Launch(seats[static_cast<std::size_t>(launched++) % seats.size()]);
    }
    loop.Turn(milliseconds(static_cast<double>(launched) < due ? 0 : 1));
    loop.GiveUp(now - load.patience);
    (void)loop.TakeFree();
  }
  const auto give_up = steady_clock::now() + std::min(load.patience, kLanding);
  while (!loop.idle() && steady_clock::now() < give_up) loop.Turn(milliseconds(10));
  loop.GiveUp(steady_clock::now());
  loop.result().seconds = std::chrono::duration<double>(load.duration).count();
  return loop.result();
}

}  // namespace vdiwatch::sim
