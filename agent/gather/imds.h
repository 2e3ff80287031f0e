#pragma once

#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// Asks Azure's instance metadata service: link-local, no proxy, at most one second in all, and
// only after the firmware named Azure. The text is reduced, as below.
Reading ReadAzureMetadata();

// What the facts and claims need of the service's answer (an HTTP/1.0 response), as JSON: names,
// keys, tags and user data are left out. Failed if it is no such answer.
Reading ReduceAzureMetadata(std::string_view response);

}  // namespace vdiwatch::agent
