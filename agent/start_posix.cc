#include "agent/start.h"

namespace vdiwatch::agent {

void StartProgram() {}

}  // namespace vdiwatch::agent
