#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vdiwatch::server {

// One command of the tree as shells complete it.
struct CompletedOption {
  std::vector<std::string> names;  // "--format"
  std::string text;                // one line
  bool takes_value = false;
  bool is_file = false;              // the value is
  std::vector<std::string> choices;  // of the value; empty: anything
};
struct CompletedCommand {
  std::string path;                                           // "vdiwatch report compliance"
  std::vector<std::pair<std::string, std::string>> commands;  // below it: name and text
  std::vector<CompletedOption> options;
  std::vector<std::string> words;  // that may stand on their own: "bash" of `completion`
};

// Every command of a tree, the outermost first. Pure.
std::vector<CompletedCommand> CommandsOf(const CLI::App& app);

// A script that completes these commands in bash, zsh or PowerShell. Invalid: another shell. Pure.
Result<std::string> CompletionScript(const std::vector<CompletedCommand>& commands,
                                     std::string_view shell);

}  // namespace vdiwatch::server
