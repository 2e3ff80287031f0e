#include "server/completion.h"

#include <fmt/format.h>

#include "base/text.h"

namespace vdiwatch::server {
namespace {

std::string OneLine(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

// The words in braces of "TEXT:{table,json,csv,xlsx}", as CLI11 describes CLI::IsMember.
std::vector<std::string> ChoicesOf(const std::string& type_name) {
  const std::size_t open = type_name.find('{'), close = type_name.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos || close < open) return choices;
  for (const std::string_view word :
       Split(std::string_view(type_name).substr(open + 1, close - open - 1), ',')) {
    choices.emplace_back(Trim(word));
  }
  return choices;
}

CompletedOption OptionOf(const CLI::Option& option) {
  CompletedOption completed;
  for (const std::string& name : option.get_lnames()) completed.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) completed.names.push_back("-" + name);
  completed.text = OneLine(option.get_description());
  completed.takes_value = option.get_items_expected_max() > 0;
  completed.choices = ChoicesOf(option.get_type_name());
  completed.is_file = option.get_type_name().starts_with("FILE");
  return completed;
}

void AddCommand(const CLI::App& app, const std::string& path,
                std::vector<CompletedCommand>& commands) {
  CompletedCommand command{path, {}, {}, {}};
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : below) {
    command.commands.emplace_back(sub->get_name(), OneLine(sub->get_description()));
  }
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    if (option->get_positional()) {
      const auto words = ChoicesOf(option->get_type_name());
      command.words.insert(command.words.end(), words.begin(), words.end());
    } else {
      command.options.push_back(OptionOf(*option));
    }
  }
  commands.push_back(std::move(command));
  for (const CLI::App* sub : below) AddCommand(*sub, path + " " + sub->get_name(), commands);
}

// 'it'\''s': nothing in it is special to bash and zsh.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// 'it''s', as PowerShell has it.
std::string PowerShellQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

// What bash and zsh know alike: which words lead to a command, and which take the next one.
struct Patterns {
  std::string commands;  // 'vdiwatch pool'|'vdiwatch pool list'|…
  std::string values;    // 'vdiwatch pool list --grade'|…
};

Patterns PatternsOf(const std::vector<CompletedCommand>& commands) {
  Patterns patterns;
  const auto add = [](std::string& list, const std::string& text) {
    list += (list.empty() ? "" : "|") + Quoted(text);
  };
  for (const CompletedCommand& command : commands) {
    if (&command != &commands.front()) add(patterns.commands, command.path);
    for (const CompletedOption& option : command.options) {
      if (!option.takes_value) continue;
      for (const std::string& name : option.names) add(patterns.values, command.path + " " + name);
    }
  }
  return patterns;
}

std::string OptionPattern(const CompletedCommand& command, const CompletedOption& option) {
  std::string pattern;
  for (const std::string& name : option.names) {
    pattern += (pattern.empty() ? "" : "|") + Quoted(command.path + " " + name);
  }
  return pattern;
}

std::vector<std::string> WordsOf(const CompletedCommand& command) {
  std::vector<std::string> words = command.words;
  for (const auto& [name, text] : command.commands) words.push_back(name);
  for (const CompletedOption& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return words;
}

std::string BashScript(const std::vector<CompletedCommand>& commands) {
  std::string values, words;
  for (const CompletedCommand& command : commands) {
    for (const CompletedOption& option : command.options) {
      if (!option.takes_value) continue;
      const std::string how =
          option.choices.empty()
              ? (option.is_file ? "compgen -f -- \"$cur\"" : "true")
              : fmt::format("compgen -W {} -- \"$cur\"", Quoted(Join(option.choices, " ")));
      values += fmt::format("    {}) mapfile -t COMPREPLY < <({}); return ;;\n",
                            OptionPattern(command, option), how);
    }
    words += fmt::format("    {}) words={} ;;\n", Quoted(command.path),
                         Quoted(Join(WordsOf(command), " ")));
  }
  const Patterns patterns = PatternsOf(commands);
  return fmt::format(R"(# Completion of vdiwatch for bash, made by `vdiwatch completion bash`.
_vdiwatch() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
  local at=vdiwatch words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at ${{COMP_WORDS[i]}}" in
    {}) at="$at ${{COMP_WORDS[i]}}" ;;
    {}) i=$((i + 1)) ;;
    esac
  done
  case "$at $prev" in
{}  esac
  case "$at" in
{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}}
complete -o default -F _vdiwatch vdiwatch
)",
                     patterns.commands, patterns.values, values, words);
}

// "name:text" of zsh's _describe.
std::string Described(std::string_view name, std::string_view text) {
  std::string escaped;
  for (const char c : name) {
    if (c == ':') escaped += '\\';
    escaped += c;
  }
  return Quoted(fmt::format("{}:{}", escaped, text));
}

std::string ZshScript(const std::vector<CompletedCommand>& commands) {
  std::string values, words;
  for (const CompletedCommand& command : commands) {
    std::vector<std::string> lines;
    for (const std::string& word : command.words) lines.push_back(Described(word, word));
    for (const auto& [name, text] : command.commands) lines.push_back(Described(name, text));
    for (const CompletedOption& option : command.options) {
      for (const std::string& name : option.names) lines.push_back(Described(name, option.text));
      if (!option.takes_value) continue;
      const std::string how = option.choices.empty()
                                  ? (option.is_file ? "_files" : "_message value")
                                  : "compadd -- " + Join(option.choices, " ");
      values += fmt::format("    {}) {}; return ;;\n", OptionPattern(command, option), how);
    }
    words += fmt::format("    {}) entries=({}) ;;\n", Quoted(command.path), Join(lines, " "));
  }
  const Patterns patterns = PatternsOf(commands);
  return fmt::format(R"(#compdef vdiwatch
# Completion of vdiwatch for zsh, made by `vdiwatch completion zsh`.
_vdiwatch() {{
  local at=vdiwatch i
  local -a entries
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
    {}) at="$at $words[i]" ;;
    {}) i=$((i + 1)) ;;
    esac
  done
  case "$at $words[CURRENT-1]" in
{}  esac
  case "$at" in
{}  esac
  _describe 'vdiwatch' entries || _files
}}
if [[ "$funcstack[1]" == _vdiwatch ]]; then
  _vdiwatch "$@"
else
  compdef _vdiwatch vdiwatch
fi
)",
                     patterns.commands, patterns.values, values, words);
}

std::string PowerShellScript(const std::vector<CompletedCommand>& commands) {
  std::string words, values;
  for (const CompletedCommand& command : commands) {
    words += fmt::format("    {} = [ordered]@{{\n", PowerShellQuoted(command.path));
    const auto add = [&](std::string_view name, std::string_view text) {
      words += fmt::format("      {} = {}\n", PowerShellQuoted(name),
                           PowerShellQuoted(text.empty() ? name : text));
    };
    for (const std::string& word : command.words) add(word, word);
    for (const auto& [name, text] : command.commands) add(name, text);
    for (const CompletedOption& option : command.options) {
      for (const std::string& name : option.names) {
        add(name, option.text);
        if (!option.takes_value) continue;
        std::vector<std::string> choices;
        for (const std::string& choice : option.choices) {
          choices.push_back(PowerShellQuoted(choice));
        }
        values += fmt::format("    {} = @({})\n", PowerShellQuoted(command.path + " " + name),
                              Join(choices, ", "));
      }
    }
    words += "    }\n";
  }
  return fmt::format(
      R"PS(# Completion of vdiwatch for PowerShell 5.1 and later, made by `vdiwatch completion powershell`.
Register-ArgumentCompleter -Native -CommandName vdiwatch -ScriptBlock {{
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{{
{}  }}
  $values = @{{
{}  }}
  $given = @($commandAst.CommandElements | Where-Object {{ $_.Extent.EndOffset -lt $cursorPosition }} |
    ForEach-Object {{ $_.Extent.Text }})
  $at = 'vdiwatch'
  $choices = $null
  for ($i = 1; $i -lt $given.Count; $i++) {{
    $next = "$at $($given[$i])"
    if ($words.ContainsKey($next)) {{ $at = $next }}
    elseif ($values.ContainsKey($next)) {{
      if ($i -eq $given.Count - 1) {{ $choices = $values[$next] }}
      $i++
    }}
  }}
  if ($null -ne $choices) {{
    $choices | Where-Object {{ $_ -like "$wordToComplete*" }} | ForEach-Object {{
      [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }}
    return
  }}
  $words[$at].GetEnumerator() | Where-Object {{ $_.Key -like "$wordToComplete*" }} | ForEach-Object {{
    [System.Management.Automation.CompletionResult]::new($_.Key, $_.Key, 'ParameterName', $_.Value) }}
}}
)PS",
      words, values);
}

}  // namespace

std::vector<CompletedCommand> CommandsOf(const CLI::App& app) {
  std::vector<CompletedCommand> commands;
  AddCommand(app, app.get_name(), commands);
  return commands;
}

Result<std::string> CompletionScript(const std::vector<CompletedCommand>& commands,
                                     std::string_view shell) {
  if (shell == "bash") return BashScript(commands);
  if (shell == "zsh") return ZshScript(commands);
  if (shell == "powershell") return PowerShellScript(commands);
  return Invalid(fmt::format("'{}' is no shell known here; there are bash, zsh and powershell",
                             Printable(shell, 40)));
}

}  // namespace vdiwatch::server
