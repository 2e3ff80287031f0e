#pragma once

#include <sys/types.h>

#include <cstdint>

namespace vdiwatch::sim {

// What the kernel accounts to a server now; zeros for one that is not there.
struct ServerUse {
  double cpu_us = 0;  // all threads that live
  std::int64_t resident_kib = 0;
};
ServerUse UseOf(pid_t pid);

}  // namespace vdiwatch::sim
