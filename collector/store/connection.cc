#include "collector/store/connection.h"

namespace vdiwatch::collector {

void Rows::Keep(Value value) {
  if (!value.bytes.empty()) value.bytes = bytes_.emplace_back(value.bytes);
  cells_.push_back(value);
}

}  // namespace vdiwatch::collector
