#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/yaml.h"

namespace vdiwatch::server::alert {

// A span such as 30s, or 0s; `fallback` where the key is not there, or was wrong.
Seconds SpanOrZero(YamlMap& map, std::string_view key, Seconds fallback);

// Complains of what is none of these words, with the one that may have been meant.
void CheckWord(YamlMap& map, const Yaml& node, std::string_view what,
               std::span<const std::string> words);

}  // namespace vdiwatch::server::alert
