#pragma once

#include "agent/evidence.h"

namespace vdiwatch::agent {

// The same evidence, in which a reading that does not have the form of its place (a number where a
// text stands) is `failed`: whatever cannot be understood was not read.
Evidence WithCheckedForms(Evidence evidence);

}  // namespace vdiwatch::agent
