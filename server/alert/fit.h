#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "base/json.h"
#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

struct FitLimits {
  std::size_t most_alerts = 0;
  std::size_t max_bytes = 0;
};

// Builds the body of a message for these alerts, of which `left_off` more find no room in it.
using BuildBody = std::function<Json(std::span<const AlertLine> shown, std::size_t left_off)>;

// The body with as many of the first alerts as its limits allow, one at least. Long texts are cut
// before, so that one always fits into 16 KiB. Pure.
std::string FitBody(const Message& message, const FitLimits& limits, const BuildBody& build);

// The line with its texts cut to what a message can carry.
AlertLine Shortened(const AlertLine& line);

// What is no UTF-8 is replaced, as no JSON may hold it.
std::string DumpJson(const Json& json);

}  // namespace vdiwatch::server::alert
