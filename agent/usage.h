#pragma once

#include <CLI/CLI.hpp>

namespace vdiwatch::agent {

// Ends a program whose command line could not be read, or only asked for help: prints that, or one
// line that names the word that is wrong. The exit code: 0 or 64.
int EndUsage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace vdiwatch::agent
