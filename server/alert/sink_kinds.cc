#include "server/alert/sink_kinds.h"

#include <array>

namespace vdiwatch::server::alert {

std::span<const SinkKind> SinkKinds() {
  static constexpr std::array<SinkKind, 0> kKinds = {};
  return kKinds;
}

}  // namespace vdiwatch::server::alert
