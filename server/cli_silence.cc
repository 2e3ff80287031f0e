#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/duration.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

struct SilenceOptions {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::vector<std::string> matchers;
  std::string lasts, reason, end;
  bool ended = false;
};

// "pool=fin-*" -> {"pool": "fin-*"}.
Json MatchersOf(const std::vector<std::string>& texts) {
  Json matchers = Json::object();
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');  // is there: IsNameValue
    matchers[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return matchers;
}

Result<Json> Create(const SilenceOptions& options) {
  const auto lasts = ParseDuration(options.lasts);
  if (!lasts) return Invalid("--for must be a span such as 4h");
  return Tell(*options.profile, "/api/v1/silences",
              {{"matchers", MatchersOf(options.matchers)},
               {"lasts_s", lasts->count()},
               {"reason", options.reason}});
}

std::string MisuseOf(const SilenceOptions& options) {
  if (!options.end.empty()) return "";
  if (options.lasts.empty()) return "say how long with --for, or end a silence with --end";
  const Json matchers = MatchersOf(options.matchers);
  if (matchers.empty()) return "say what is silenced, such as pool=fin-*";
  if (matchers.size() < options.matchers.size()) {
    return "a label is given twice; make one silence for each";
  }
  return "";
}

Result<int> Silence(const SilenceOptions& options, const Terminal& terminal) {
  const bool ends = !options.end.empty();
  ASSIGN_OR_RETURN(const Json silence,
                   ends ? Remove(*options.profile, "/api/v1/silences/" + PercentEncode(options.end))
                        : Create(options));
  if (*options.json) return PrintJson(silence, terminal.out), 0;
  if (ends) {
    terminal.out << fmt::format("silence {} has ended\n", Text(silence, "id"));
  } else {
    terminal.out << fmt::format("silence {} lasts until {}\n", Text(silence, "id"),
                                Text(silence, "ends_at"));
  }
  return 0;
}

Result<int> ListSilences(const SilenceOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(*options.profile, "/api/v1/silences",
                                          {{"ended", options.ended ? "yes" : ""}}));
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  Table table{{"STATE", "ID", "FROM", "UNTIL", "WHO", "WHAT", "WHY"}, {}};
  for (const Json& silence : answer.value("silences", Json::array())) {
    std::vector<std::string> what;
    const Json matchers = silence.value("matchers", Json::object());
    for (const auto& [label, pattern] : matchers.items()) {
      what.push_back(Printable(label + "=" + pattern.get<std::string>()));
    }
    const std::string state = Text(silence, "state");
    table.rows.push_back({{state, state == "active" ? Tint::kWarning : Tint::kFaint},
                          {Text(silence, "id")},
                          {Text(silence, "starts_at")},
                          {Text(silence, "ends_at")},
                          {Text(silence, "created_by")},
                          {Join(what, " ")},
                          {Text(silence, "reason")}});
  }
  if (table.rows.empty()) {
    terminal.out << "Nothing is silenced.\n";
  } else {
    terminal.out << Render(table, terminal.width, terminal.color);
  }
  return 0;
}

}  // namespace

void AddSilences(CommandLine& line, CLI::App* alerts) {
  const Terminal& terminal = line.terminal;
  const auto add = [](CLI::App* command) {
    auto options = std::make_shared<SilenceOptions>();
    options->profile = AddProfileOption(command);
    options->json = AddJsonFlag(command);
    return options;
  };
  CLI::App* silence =
      alerts->add_subcommand("silence", "Keep alerts back for a while, or end that");
  const auto options = add(silence);
  silence
      ->add_option("matchers", options->matchers,
                   "LABEL=PATTERN, all of which must match: pool=fin-* severity=minor")
      ->check(IsNameValue());
  auto* lasts =
      silence->add_option("--for", options->lasts, "How long, such as 4h")->check(IsSpan());
  auto* reason = silence->add_option("--reason", options->reason, "Why");
  lasts->needs(reason);
  silence->add_option("--end", options->end, "End the silence with this id now")
      ->excludes(lasts)
      ->excludes(reason);
  line.OnChosen(
      silence, [options, &terminal] { return Silence(*options, terminal); },
      [options] { return MisuseOf(*options); });

  CLI::App* list = alerts->add_subcommand("silences", "What is kept back, until when, and why");
  const auto list_options = add(list);
  list->add_flag("--ended", list_options->ended, "Those that have ended, too");
  line.OnChosen(list, [list_options, &terminal] { return ListSilences(*list_options, terminal); });
}

}  // namespace vdiwatch::server
