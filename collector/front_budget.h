#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace vdiwatch::collector {

// A limit that everyone draws on: connections, requests, bytes in flight. Any thread may call; it
// must outlive its shares.
class Budget {
 public:
  // A part of the budget, given back when it goes.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), amount_(other.amount_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(amount_, other.amount_);
      return *this;
    }
    ~Share() {
      if (budget_) budget_->used_.fetch_sub(amount_);
    }

   private:
    friend class Budget;
    Share(Budget* budget, std::uint64_t amount) : budget_(budget), amount_(amount) {}
    Budget* budget_ = nullptr;
    std::uint64_t amount_ = 0;
  };

  explicit Budget(std::uint64_t limit) : limit_(limit) {}

  std::uint64_t used() const { return used_.load(); }

  // Nothing if that much is not left.
  std::optional<Share> Take(std::uint64_t amount) {
    if (used_.fetch_add(amount) + amount > limit_) {
      used_.fetch_sub(amount);
      return std::nullopt;
    }
    return Share(this, amount);
  }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_ = 0;
};

}  // namespace vdiwatch::collector
