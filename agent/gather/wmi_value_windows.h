#pragma once

#include <oaidl.h>

#include "base/json.h"

namespace vdiwatch::agent {

// A column's scalar value as WMI hands it over (64-bit integers come as text); null for what is
// empty, an array or an object.
Json JsonOfVariant(const VARIANT& value);

}  // namespace vdiwatch::agent
