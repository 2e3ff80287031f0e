// Completion in the shells themselves; PowerShell is not there to be tried.
#include "server/completion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

using Words = std::vector<std::string>;

// What the program prints; it is run without the test's environment of shells.
std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> block{};
  while (pipe != nullptr) {
    const std::size_t read = fread(block.data(), 1, block.size(), pipe);
    if (read == 0) break;
    output.append(block.data(), read);
  }
  if (pipe != nullptr) pclose(pipe);
  return output;
}

Words Lines(const std::string& text) {
  Words lines;
  for (const std::string_view line : Split(text, '\n')) {
    if (!Trim(line).empty()) lines.emplace_back(Trim(line));
  }
  std::ranges::sort(lines);
  return lines;
}

class CompletionTest : public testing::Test {
 protected:
  std::string Script(const std::string& shell) {
    const Ran ran = RunCli({"completion", shell});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return directory_.Write("script." + shell, ran.out).string();
  }
  // What bash offers at the end of this line.
  Words InBash(const std::string& line) {
    const std::string program = "source '" + Script("bash") +
                                "'\n"
                                "read -ra COMP_WORDS <<< '" +
                                line +
                                "'\n"
                                "[[ '" +
                                line +
                                "' == *' ' ]] && COMP_WORDS+=('')\n"
                                "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                                "_vdiwatch\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    return Lines(OutputOf("bash --norc --noprofile '" +
                          directory_.Write("try.bash", program).string() + "'"));
  }
  // What a terminal of zsh shows once somebody typed this line and Tab.
  std::string InZsh(const std::string& line) {
    const std::string program =
        "zmodload zsh/zpty\n"
        "zpty z 'TERM=dumb PS1= zsh -f -i'\n"
        "zpty -w z 'autoload -Uz compinit; compinit -u -D; unsetopt beep; setopt "
        "no_list_ambiguous'\n"
        "zpty -w z 'source " +
        Script("zsh") +
        "'\n"
        "zpty -w z 'print re''ady'\n"
        "zpty -r -m z seen '*ready*'\n"
        "zpty -w -n z '" +
        line +
        "'$'\\t'\n"
        "zpty -w -n z $'\\t'\n"
        "zpty -w -n z $'\\x15print fin''ished\\n'\n"
        "zpty -r -m z seen '*finished*'\n"
        "print -r -- $seen\n";
    return OutputOf("timeout 60 zsh -f '" + directory_.Write("try.zsh", program).string() +
                    "' 2>&1");
  }

  TestDirectory directory_;
};

TEST_F(CompletionTest, BashCompletesCommandsOptionsAndTheirValues) {
  EXPECT_EQ(InBash("vdiwatch rep"), Words{"report"});
  EXPECT_EQ(InBash("vdiwatch report "),
            (Words{"--help", "-h", "compliance", "reconcile", "schedule"}));
  EXPECT_EQ(InBash("vdiwatch report compliance --fo"), Words{"--format"});
  EXPECT_EQ(InBash("vdiwatch report compliance --format "),
            (Words{"csv", "json", "table", "xlsx"}));
  EXPECT_EQ(InBash("vdiwatch report compliance --scope pool sch"), Words{})
      << "the value of an option is no command";
  EXPECT_EQ(InBash("vdiwatch --version pool li"), Words{"list"});
}

// Whatever an option may be is told by what checks it, so that no shell offers less or more.
TEST_F(CompletionTest, FixedValuesAreOffered) {
  const Words grades = {"compliant",      "conditional", "noncompliant",
                        "not_applicable", "unknown",     "waived"};
  EXPECT_EQ(InBash("vdiwatch pool list --grade "), grades);
  EXPECT_EQ(InBash("vdiwatch desktop list --rule-grade "), grades);
  EXPECT_EQ(InBash("vdiwatch desktop list --presence "),
            (Words{"live", "off", "retired", "stale"}));
  const Words roles = {"administrator", "operator", "policy_editor", "viewer"};
  for (const char* command : {"user add", "user change", "api-token create"}) {
    EXPECT_EQ(InBash("vdiwatch " + std::string(command) + " --role "), roles) << command;
  }
  EXPECT_EQ(InBash("vdiwatch alert list --severity "),
            (Words{"critical", "info", "major", "minor"}));
  EXPECT_EQ(InBash("vdiwatch alert list --state "), (Words{"open", "resolved", "waiting"}));
  EXPECT_EQ(InBash("vdiwatch alert deliveries --state "),
            (Words{"dropped", "failed", "sent", "waiting"}));
  EXPECT_EQ(InBash("vdiwatch completion "), (Words{"--help", "-h", "bash", "powershell", "zsh"}));
}

TEST_F(CompletionTest, BashCompletesFiles) {
  const std::string file = directory_.Write("export-of-today.csv", "").string();
  EXPECT_EQ(InBash("vdiwatch report compliance --out " + file.substr(0, file.size() - 9)),
            Words{file});
}

TEST_F(CompletionTest, ZshCompletesInATerminal) {
  EXPECT_NE(InZsh("vdiwatch rep").find("vdiwatch report "), std::string::npos)
      << InZsh("vdiwatch rep");
  const std::string shown = InZsh("vdiwatch report ");
  for (const char* word : {"compliance", "reconcile", "schedule"}) {
    EXPECT_NE(shown.find(word), std::string::npos) << shown;
  }
  EXPECT_NE(InZsh("vdiwatch report compliance --format xl").find("--format xlsx"),
            std::string::npos);
}

TEST_F(CompletionTest, EveryCommandOfTheTreeIsThere) {
  CLI::App app;
  app.name("vdiwatch");
  CLI::App* pool = app.add_subcommand("pool", "Pools");
  CLI::App* list = pool->add_subcommand("list", "It's a list: all");
  std::string grade, file;
  bool json = false;
  list->add_option("--grade", grade, "Only these")->check(CLI::IsMember({"good", "bad"}));
  list->add_option("-o,--out", file, "Where to")->type_name("FILE");
  list->add_flag("--json", json, "Machines");
  const auto commands = CommandsOf(app);
  ASSERT_EQ(commands.size(), 3u);
  EXPECT_EQ(commands[2].path, "vdiwatch pool list");
  EXPECT_EQ(commands[2].options[1].choices, (Words{"good", "bad"}));
  EXPECT_TRUE(commands[2].options[2].is_file);
  EXPECT_EQ(commands[2].options[2].names, (Words{"--out", "-o"}));
  EXPECT_FALSE(commands[2].options[3].takes_value);
  const auto script = CompletionScript(commands, "powershell");
  ASSERT_TRUE(script.has_value());
  EXPECT_NE(script->find("'list' = 'It''s a list: all'"), std::string::npos);
  EXPECT_NE(script->find("'vdiwatch pool list --grade' = @('good', 'bad')"), std::string::npos);
  EXPECT_FALSE(CompletionScript(commands, "fish").has_value());
}

TEST_F(CompletionTest, TheScriptOfBashIsClean) {
  EXPECT_EQ(OutputOf("shellcheck --shell=bash '" + Script("bash") + "' 2>&1"), "");
}

}  // namespace
}  // namespace vdiwatch::server
