#pragma once

#include <random>

namespace vdiwatch::policy {

// Dice with a fixed seed, so that a failure repeats.
class Random {
 public:
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  bool Flip() { return Below(2) == 0; }
  auto& engine() { return engine_; }

 private:
  std::mt19937 engine_{20261122};
};

}  // namespace vdiwatch::policy
