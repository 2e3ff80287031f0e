#pragma once

#include <span>

#include "tests/load/scenario/story.h"

namespace vdiwatch::sim {

// One story and how large it is played.
struct Part {
  const Story* story;
  int seats;
  int days;
};

// Plays the parts side by side in one daemon, each in a pool of its own, day by day.
Result<void> PlayDays(std::span<const Part> parts, Protocol& protocol);

}  // namespace vdiwatch::sim
