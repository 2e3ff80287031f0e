#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "server/cli.h"
#include "server/cli_remote.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

struct DeliveryOptions {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string sink, state, id;
  int limit = 50;
};

Tint TintOfState(std::string_view state) {
  if (state == "sent") return Tint::kGood;
  if (state == "failed") return Tint::kBad;
  return state == "waiting" ? Tint::kWarning : Tint::kFaint;
}

std::string AlertsOf(const Json& delivery) {
  std::vector<std::string> parts;
  for (const Json& alert : delivery.value("alerts", Json::array())) {
    parts.push_back(Text(alert, "name") + " " + Text(alert, "pool"));
  }
  if (parts.size() <= 3) return Join(parts, ", ");
  return fmt::format("{}, {} and {} more", parts[0], parts[1], parts.size() - 2);
}

Result<int> ListDeliveries(const DeliveryOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(*options.profile, "/api/v1/deliveries",
                                          {{"sink", options.sink},
                                           {"state", options.state},
                                           {"limit", std::to_string(options.limit)}}));
  if (*options.json) return PrintJson(answer, terminal.out), 0;
  Table table{{"STATE", "SINK", "TOLD", "MADE", "ATTEMPTS", "ID", "OF, AND WHY"}, {}};
  for (const Json& delivery : answer.value("deliveries", Json::array())) {
    const std::string state = Text(delivery, "state"), why = Text(delivery, "why");
    table.rows.push_back({{state, TintOfState(state)},
                          {Text(delivery, "sink"), Tint::kStrong},
                          {Text(delivery, "kind")},
                          {Text(delivery, "created_at")},
                          {Text(delivery, "attempts")},
                          {Text(delivery, "id")},
                          {AlertsOf(delivery) + (why.empty() ? "" : ": " + why)}});
  }
  if (table.rows.empty()) {
    terminal.out << "No messages.\n";
  } else {
    terminal.out << Render(table, terminal.width, terminal.color);
  }
  return 0;
}

Result<int> ShowDelivery(const DeliveryOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json delivery,
                   Ask(*options.profile, "/api/v1/deliveries/" + PercentEncode(options.id)));
  if (*options.json) return PrintJson(delivery, terminal.out), 0;
  terminal.out << fmt::format("{} to {}: {}\n", Text(delivery, "kind"), Text(delivery, "sink"),
                              Text(delivery, "state"))
               << AlertsOf(delivery) << "\n\n";
  Table log{{"AT", "TOOK", "DELIVERED", "ANSWER"}, {}};
  for (const Json& attempt : delivery.value("log", Json::array())) {
    log.rows.push_back({{Text(attempt, "at")},
                        {Text(attempt, "took_ms") + " ms"},
                        {attempt.value("delivered", false) ? "yes" : "no"},
                        {Text(attempt, "answer")}});
  }
  terminal.out << Render(log, terminal.width, terminal.color);
  return 0;
}

Result<int> Replay(const DeliveryOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(
      const Json delivery,
      Tell(*options.profile, "/api/v1/deliveries/" + PercentEncode(options.id) + "/replay",
           Json::object()));
  if (*options.json) return PrintJson(delivery, terminal.out), 0;
  terminal.out << fmt::format("{} is sent to {} again\n", options.id, Text(delivery, "sink"));
  return 0;
}

}  // namespace

void AddDeliveries(CommandLine& line, CLI::App* alerts) {
  const Terminal& terminal = line.terminal;
  const auto add = [](CLI::App* command) {
    auto options = std::make_shared<DeliveryOptions>();
    options->profile = AddProfileOption(command);
    options->json = AddJsonFlag(command);
    return options;
  };
  CLI::App* list = alerts->add_subcommand(
      "deliveries", "The messages to sinks, the newest first; one with the answer of each attempt");
  const auto options = add(list);
  list->add_option("delivery", options->id, "The id of the one to show");
  list->add_option("--sink", options->sink, "Only to this sink");
  list->add_option("--state", options->state, "Only in this state")
      ->check(CLI::IsMember({"waiting", "sent", "failed", "dropped"}));
  list->add_option("--limit", options->limit, "How many")->check(CLI::Range(1, 500));
  line.OnChosen(list, [options, &terminal] {
    return options->id.empty() ? ListDeliveries(*options, terminal)
                               : ShowDelivery(*options, terminal);
  });

  CLI::App* replay = alerts->add_subcommand("replay", "Send a message again, under its own id");
  const auto replay_options = add(replay);
  replay->add_option("delivery", replay_options->id, "Its id")->required();
  line.OnChosen(replay, [replay_options, &terminal] { return Replay(*replay_options, terminal); });
}

}  // namespace vdiwatch::server
