#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace vdiwatch::server {

// Prometheus' text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // The samples that follow are of this one; each name once.
  enum class Type { kGauge, kCounter };
  void Begin(std::string_view name, Type type, std::string_view help);
  void Add(Labels labels, std::int64_t value) { AddText(labels, std::to_string(value)); }
  void Add(Labels labels, double value);
  void Add(Labels labels, Time at) { Add(labels, ToUnix(at)); }

  const std::string& text() const { return text_; }

 private:
  void AddText(Labels labels, std::string_view value);

  std::string text_;
  std::string name_;
};

}  // namespace vdiwatch::server
