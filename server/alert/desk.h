#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/store/alert_store.h"
#include "server/alert/config.h"
#include "server/alert/routing.h"
#include "server/alert/sender.h"

namespace vdiwatch::server::alert {

// One sink as it stands.
struct SinkStatus {
  std::string name, kind;
  std::string state;  // untried, working, failing, disabled
  std::string why;    // of failing and disabled
  Time last_good{};   // something got through, a test or a heartbeat too; 1970: not that one knows
  collector::SinkRecord record;
  std::optional<RateSpec> rate;
  std::optional<Seconds> beats_every;
  std::optional<Tried> heartbeat;
};

// The file that the configuration comes from.
struct ConfigFile {
  std::string path;     // empty: none is configured
  Time loaded_at{};     // what is in force; 1970: none was ever good
  std::string problem;  // why what the file says now is not in force; empty: it is
};

struct DeskParts {
  collector::AlertStore& store;
  std::function<PolicyNews()> news;  // any thread
  std::function<double()> jitter;    // from 0.5 to 1; any thread
  const Clock& clock;
  Log& log;
};

// Takes alerts out of the outbox and sends them: one thread routes, and one sends to each sink, so
// that none waits for another. Several desks may work on one store. Any thread may call.
class Desk {
 public:
  explicit Desk(DeskParts parts);
  ~Desk();  // waits for messages that are being sent
  Desk(const Desk&) = delete;

  // From now on this is what is sent where; before the first time all stays in the outbox. A sink
  // that nothing was ever sent to is told of all that is open. Waits for messages to former sinks.
  // Sinks that receivers had disabled are enabled, but by the first time.
  void Adopt(AlertConfig config);
  // For those who look at the desk.
  void SetFile(ConfigFile file);
  ConfigFile file() const;
  // Starts the threads; without, Turn alone moves anything.
  void Start();

  // Routes all that is in the outbox.
  Result<void> Route();
  // Routes, and lets each sink send what is due.
  Result<void> Turn();

  // The one in force; never null.
  std::shared_ptr<const AlertConfig> config() const;
  Result<std::vector<SinkStatus>> Sinks() const;  // in the order of the file
  // Sends a test to this sink and waits for the answer. Errors: not_found.
  Result<Tried> Test(const std::string& sink);
  // The delivery is due again, as if it had never been tried; its id stays. Errors: not_found,
  // conflict (it waits already, or its sink is gone).
  Result<collector::Delivery> Replay(std::int64_t delivery_id);

 private:
  struct Shift;  // a configuration and its senders

  std::shared_ptr<Shift> Now() const;
  Result<bool> RouteSome(const AlertConfig& config);  // whether there may be more
  Result<void> CatchUp(Shift& shift);
  Result<void> Tidy(const AlertConfig& config);
  void RouteLoop();
  void RunSenders(Shift& shift);
  void EnableSinks(const Shift& shift);
  SinkStatus StatusOf(const Sender& sender,
                      const std::vector<collector::SinkRecord>& records) const;

  const DeskParts parts_;
  mutable std::mutex mutex_;
  std::shared_ptr<Shift> shift_;  // under mutex_; never null
  bool started_ = false;          // likewise
  ConfigFile file_;               // likewise
  std::mutex adopting_;
  std::mutex routing_;
  std::mutex waking_;
  std::condition_variable wake_;
  bool stopping_ = false;  // under waking_
  std::atomic<bool> routed_{false};
  std::string reported_;  // under routing_
  Time tidied_at_{};      // likewise
  std::thread router_;
};

}  // namespace vdiwatch::server::alert
