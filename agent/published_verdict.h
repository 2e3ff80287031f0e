#pragma once

#include <string>

#include "base/result.h"

namespace vdiwatch::agent {

// What ConfigMgr's baseline leaves of this machine's verdict for hardware inventory: a key of the
// registry (deploy/windows/configmgr/baseline-discover.ps1). Where it is; empty if there is none.
std::string PublishedVerdict();
Result<void> RemovePublishedVerdict();

}  // namespace vdiwatch::agent
