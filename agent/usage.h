#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

namespace vdiwatch::agent {

// Ends a program whose command line could not be read, or only asked for help: prints that, or one
// line that names the word that is wrong. The exit code: 0 or 64.
int EndUsage(const CLI::App& app, const CLI::ParseError& error);

// Ends a program that did its work: `code`, or 74 and one line if its output could not be written.
int EndOutput(std::string_view program, int code);

}  // namespace vdiwatch::agent
