#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "report/fact.h"

namespace vdiwatch::policy {

// What was seen so far of which came first on one desktop: Docker Desktop or nested virtualization.
// An installation goes by its docker_desktop.installed_at; nothing compares clocks.
struct InstallOrder {
  enum class First { kOpen, kDockerDesktop, kNestedVirtualization };

  std::string installed_at;    // of the installation seen last; empty: there was none
  First first = First::kOpen;  // of that installation
  // What the last look found on this disk; nothing if that was no whole look, or another disk.
  std::optional<bool> nested;

  bool operator==(const InstallOrder&) const = default;
};

// One look more at the desktop. Docker Desktop was first where it was seen without nested
// virtualization; nested virtualization was, where it was there at the look before an installation
// came and still is. Pure; the same look twice changes nothing.
InstallOrder Advance(InstallOrder seen, const Facts& configuration, const Fact& installed_at);

// The disk is another, or went back: what the last look found says nothing of the next.
InstallOrder OnAnotherDisk(InstallOrder seen);

// docker_desktop.installed_before_nested_virtualization, after that look.
Fact InstalledBeforeNested(const InstallOrder& seen, const Facts& configuration);

// For one column, and back: "on open -", "off docker_desktop 2026-11-01T09:00:00Z"; what is not
// such a text is nothing seen.
std::string ToText(const InstallOrder& seen);
InstallOrder ParseInstallOrder(std::string_view text);

}  // namespace vdiwatch::policy
