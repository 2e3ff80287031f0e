#include "policy/install_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vdiwatch::policy {
namespace {

using First = InstallOrder::First;

constexpr std::array<std::string_view, 3> kFirst = {"open", "docker_desktop", "nested"};

std::optional<bool> Nested(const Facts& configuration) {
  return FactOf(configuration, "nested_virtualization.available").AsBool();
}

std::optional<bool> Installed(const Facts& configuration) {
  return FactOf(configuration, "docker_desktop.installed").AsBool();
}

}  // namespace

InstallOrder Advance(InstallOrder seen, const Facts& configuration, const Fact& installed_at) {
  const auto nested = Nested(configuration);
  const auto installed = Installed(configuration);
  if (installed == false) return {.installed_at = {}, .first = First::kOpen, .nested = nested};
  const auto at = installed_at.AsText();
  if (!installed || !at) return OnAnotherDisk(std::move(seen));
  if (seen.installed_at != *at) {
    const bool was_on = seen.nested == true && nested == true;
    seen.first = was_on ? First::kNestedVirtualization : First::kOpen;
    seen.installed_at = *at;
  }
  if (nested == false && seen.first == First::kOpen) seen.first = First::kDockerDesktop;
  seen.nested = nested;
  return seen;
}

InstallOrder OnAnotherDisk(InstallOrder seen) {
  seen.nested.reset();
  return seen;
}

// While nested virtualization is off, what came first is not over yet.
Fact InstalledBeforeNested(const InstallOrder& seen, const Facts& configuration) {
  if (Installed(configuration) == false) return Unknown(Missing::kAbsent);
  const bool looked = Installed(configuration) == true && seen.nested.has_value();
  if (looked && seen.first == First::kNestedVirtualization) return Known(FactValue(false));
  if (looked && seen.first == First::kDockerDesktop && *seen.nested) return Known(FactValue(true));
  return Unknown(Missing::kUndetermined);
}

std::string ToText(const InstallOrder& seen) {
  if (seen == InstallOrder()) return "";
  const std::string_view nested = !seen.nested ? "unseen" : *seen.nested ? "on" : "off";
  return fmt::format("{} {} {}", nested, kFirst[static_cast<std::size_t>(seen.first)],
                     seen.installed_at.empty() ? "-" : seen.installed_at);
}

InstallOrder ParseInstallOrder(std::string_view text) {
  const auto words = Split(text, ' ');
  if (words.size() != 3) return {};
  const auto first = std::ranges::find(kFirst, words[1]);
  if (first == kFirst.end()) return {};
  InstallOrder seen{.installed_at = words[2] == "-" ? "" : std::string(words[2]),
                    .first = static_cast<First>(first - kFirst.begin()),
                    .nested = {}};
  if (words[0] == "on" || words[0] == "off") seen.nested = words[0] == "on";
  return seen;
}

}  // namespace vdiwatch::policy
