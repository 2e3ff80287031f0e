#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

// What a fake sink was told, and what it answers. Any thread.
struct Told {
  std::function<Answer(const Message&)> answer = [](const Message&) {
    return Answer{Answer::Outcome::kDelivered, "204", Seconds(0)};
  };
  Seconds refresh_every{0};

  std::vector<Message> messages() const {
    const std::lock_guard lock(mutex);
    return sent;
  }
  std::vector<std::vector<AlertLine>> refreshes() const {
    const std::lock_guard lock(mutex);
    return refreshed;
  }
  // "opened finance hypervisor, …" of the newest message.
  std::string Last() const {
    const auto all = messages();
    if (all.empty()) return "";
    std::string text;
    for (const AlertLine& line : all.back().alerts) {
      text += text.empty() ? "" : ", ";
      text += std::string(policy::ToString(line.kind)) + " " + line.pool + " " + line.cause;
    }
    return text;
  }

  mutable std::mutex mutex;
  std::vector<Message> sent;                      // under mutex
  std::vector<std::vector<AlertLine>> refreshed;  // under mutex
};

class FakeSink : public Sink {
 public:
  explicit FakeSink(std::shared_ptr<Told> told) : told_(std::move(told)) {}
  Answer Send(const Message& message) override {
    const std::lock_guard lock(told_->mutex);
    told_->sent.push_back(message);
    return told_->answer(message);
  }
  Seconds refresh_every() const override { return told_->refresh_every; }
  Answer Refresh(std::span<const AlertLine> open, Time) override {
    const std::lock_guard lock(told_->mutex);
    told_->refreshed.emplace_back(open.begin(), open.end());
    return {Answer::Outcome::kDelivered, "200", Seconds(0)};
  }

 private:
  const std::shared_ptr<Told> told_;
};

}  // namespace vdiwatch::server::alert
