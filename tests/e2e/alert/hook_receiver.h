#pragma once

#include <Poco/Net/HTTPServer.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"

namespace vdiwatch::e2e {

// A webhook's receiver on loopback that keeps what it was sent, in the order of arrival.
class HookReceiver {
 public:
  struct Received {
    std::string id;  // webhook-id: what it knows a repeat by
    Json body;
  };
  // Whether to answer at all; false: the connection is closed when the message is there.
  using Answers = std::function<bool(std::size_t count)>;

  explicit HookReceiver(Answers answers = [](std::size_t) { return true; });
  ~HookReceiver();
  HookReceiver(const HookReceiver&) = delete;

  std::string url() const;
  std::vector<Received> received() const;
  std::size_t count() const;

 private:
  class Factory;
  class Handler;

  const Answers answers_;
  mutable std::mutex mutex_;
  std::vector<Received> received_;  // under mutex_
  std::unique_ptr<Poco::Net::HTTPServer> server_;
};

}  // namespace vdiwatch::e2e
