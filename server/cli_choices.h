#pragma once

#include <CLI/CLI.hpp>

namespace vdiwatch::server {

// What an option's value may be, told while the command line is read: anything else is a mistake
// of usage. Completion offers the words of those that name some.
CLI::Validator IsRole();
CLI::Validator IsGrade();
CLI::Validator IsSeverity();
CLI::Validator IsPresence();
CLI::Validator IsSpan();         // "12h", "30d"
CLI::Validator IsTime();         // "2026-11-01T00:00:00Z"
CLI::Validator IsDayOrTime();    // or "2026-11-01"
CLI::Validator IsNameValue();    // "name=value"
CLI::Validator IsNotNegative();  // a whole number

}  // namespace vdiwatch::server
