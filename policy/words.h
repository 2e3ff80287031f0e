#pragma once

#include <string>
#include <string_view>

#include "policy/condition.h"
#include "policy/rule.h"

namespace vdiwatch::policy {

// The words in which verdicts speak of facts, the same on every page, line and alert.

// What is the case: "The desktop runs on Citrix Hypervisor/XenServer (platform.kind = xen_server)",
// "The hypervisor is not known: access was denied (platform.kind)". No full stop.
std::string Statement(const Comparison& comparison, const View& view);

// The same as a bare value: "Citrix Hypervisor/XenServer", "yes", "not known: access was denied".
std::string Actual(const Comparison& comparison, const View& view);

// What a condition asks for: "VMware or Azure"; with several facts in it, each in words. `negated`
// asks for the contrary.
std::string Expected(const Condition& condition, bool negated);

// Inside a sentence: "The desktop …" becomes "the desktop …"; names keep their capital.
std::string Uncapitalised(std::string text);

}  // namespace vdiwatch::policy
