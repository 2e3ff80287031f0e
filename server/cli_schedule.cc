#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "server/cli.h"
#include "server/cli_remote.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

constexpr char kPath[] = "/api/v1/reports/schedules";

struct ScheduleCommand {
  std::shared_ptr<std::string> profile;
  std::shared_ptr<bool> json;
  std::string id, name, scope, format, sink, time, zone;
  std::vector<std::string> to, days;
  bool on = false, off = false;

  std::string Path(std::string_view more = "") const {
    return fmt::format("{}/{}{}", kPath, PercentEncode(id), more);
  }
};
using Shared = std::shared_ptr<ScheduleCommand>;

std::vector<std::string> Texts(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& item : object.value(key, Json::array())) {
    if (item.is_string()) texts.push_back(Printable(item.get<std::string>()));
  }
  return texts;
}

std::string WhenText(const Json& schedule) {
  const Json when = schedule.value("when", Json::object());
  return fmt::format("{} {} {}", Join(Texts(when, "days"), ","), Text(when, "time"),
                     Text(when, "time_zone"));
}

void PrintSchedules(const Json& schedules, const Terminal& terminal) {
  Table table{{"NAME", "ID", "SCOPE", "FORMAT", "WHEN", "NEXT", "SINK", "TO"}, {}};
  for (const Json& schedule : schedules) {
    const bool enabled = schedule.value("enabled", true);
    table.rows.push_back({{Text(schedule, "name"), Tint::kStrong},
                          {Text(schedule, "id")},
                          {Text(schedule, "scope")},
                          {Text(schedule, "format")},
                          {WhenText(schedule)},
                          {enabled ? Text(schedule, "next_due") : "off"},
                          {Text(schedule, "sink")},
                          {Join(Texts(schedule, "recipients"), ", ")}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
}

Result<int> PrintOne(const Json& schedule, const ScheduleCommand& command,
                     const Terminal& terminal) {
  if (*command.json) return PrintJson(schedule, terminal.out), 0;
  PrintSchedules(Json::array({schedule}), terminal);
  return 0;
}

Result<int> List(const ScheduleCommand& command, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(*command.profile, kPath));
  if (*command.json) return PrintJson(answer, terminal.out), 0;
  const Json schedules = answer.value("schedules", Json::array());
  if (!schedules.empty()) return PrintSchedules(schedules, terminal), 0;
  const auto sinks = Texts(answer, "sinks");
  terminal.out << (sinks.empty() ? "No scheduled reports, and no smtp sink in alerts.yaml that one "
                                   "could go through.\n"
                                 : "No scheduled reports; `vdiwatch report schedule create` makes "
                                   "one. Mail goes through: " +
                                       Join(sinks, ", ") + "\n");
  return 0;
}

Result<int> Create(const ScheduleCommand& command, const Terminal& terminal) {
  const Json body = {
      {"name", command.name},
      {"scope", command.scope.empty() ? "fleet" : command.scope},
      {"format", command.format},
      {"sink", command.sink},
      {"recipients", command.to},
      {"when", {{"days", command.days}, {"time", command.time}, {"time_zone", command.zone}}}};
  ASSIGN_OR_RETURN(const Json made, Tell(*command.profile, kPath, body));
  return PrintOne(made, command, terminal);
}

// Reads it, changes what was asked for, and writes it back unless somebody else did meanwhile.
Result<int> Set(const ScheduleCommand& command, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const ApiAnswer read, CallServer(*command.profile, {.target = command.Path()}));
  ASSIGN_OR_RETURN(Json body, ParseJson(read.body, "the schedule"));
  for (const char* told : {"id", "created_by", "next_due"}) body.erase(told);
  const auto change = [&](const char* member, const std::string& value) {
    if (!value.empty()) body[member] = value;
  };
  change("name", command.name);
  change("scope", command.scope);
  change("format", command.format);
  change("sink", command.sink);
  if (!command.to.empty()) body["recipients"] = command.to;
  if (!command.days.empty()) body["when"]["days"] = command.days;
  if (!command.time.empty()) body["when"]["time"] = command.time;
  if (!command.zone.empty()) body["when"]["time_zone"] = command.zone;
  if (command.on || command.off) body["enabled"] = command.on;
  ASSIGN_OR_RETURN(const ApiAnswer written, CallServer(*command.profile, {.method = "PUT",
                                                                          .target = command.Path(),
                                                                          .body = body.dump(),
                                                                          .if_match = read.etag}));
  ASSIGN_OR_RETURN(const Json schedule, ParseJson(written.body, "the schedule"));
  return PrintOne(schedule, command, terminal);
}

Result<int> Delete(const ScheduleCommand& command, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const ApiAnswer read, CallServer(*command.profile, {.target = command.Path()}));
  RETURN_IF_ERROR(CallServer(
      *command.profile, {.method = "DELETE", .target = command.Path(), .if_match = read.etag}));
  if (*command.json) return PrintJson(Json::object(), terminal.out), 0;
  terminal.out << "deleted\n";
  return 0;
}

Result<int> Send(const ScheduleCommand& command, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json sent, Tell(*command.profile, command.Path("/send"), Json::object()));
  if (*command.json) return PrintJson(sent, terminal.out), 0;
  terminal.out << "on its way; see `vdiwatch report schedule log " << command.id << "`\n";
  return 0;
}

Result<int> ShowLog(const ScheduleCommand& command, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(*command.profile, command.Path("/deliveries")));
  if (*command.json) return PrintJson(answer, terminal.out), 0;
  Table table{{"DUE", "STATE", "ATTEMPTS", "LAST", "NEXT", "ANSWER"}, {}};
  for (const Json& delivery : answer.value("deliveries", Json::array())) {
    const std::string state = Text(delivery, "state");
    const Tint tint = state == "sent"     ? Tint::kGood
                      : state == "failed" ? Tint::kBad
                                          : Tint::kWarning;
    table.rows.push_back({{Text(delivery, "due_at"), Tint::kStrong},
                          {state, tint},
                          {Text(delivery, "attempts")},
                          {Text(delivery, "updated_at")},
                          {Text(delivery, "next_at")},
                          {Text(delivery, "answer")}});
  }
  terminal.out << (table.rows.empty() ? "Nothing was sent yet.\n"
                                      : Render(table, terminal.width, terminal.color));
  return 0;
}

Shared AddScheduleOptions(CLI::App* command, bool names_one) {
  auto shared = std::make_shared<ScheduleCommand>();
  shared->profile = AddProfileOption(command);
  shared->json = AddJsonFlag(command);
  if (names_one) command->add_option("schedule", shared->id, "Its id")->required();
  return shared;
}

void AddMembers(CLI::App* command, const Shared& shared, bool required) {
  const auto add = [&](const char* name, auto& value, const char* text) {
    CLI::Option* option = command->add_option(name, value, text);
    if (required) option->required();
    return option;
  };
  add("--name", shared->name, "What it is called");
  command->add_option("--scope", shared->scope, "fleet, pool:NAME or attribute:KEY=VALUE");
  if (required) shared->format = "xlsx";
  command->add_option("--format", shared->format, "Of the attachment")
      ->check(CLI::IsMember({"csv", "xlsx", "json"}));
  add("--sink", shared->sink, "The smtp sink of alerts.yaml that it goes through");
  add("--to", shared->to, "Who gets it: addresses");
  add("--days", shared->days, "mon, tue, wed, thu, fri, sat, sun")
      ->check(CLI::IsMember({"mon", "tue", "wed", "thu", "fri", "sat", "sun"}))
      ->delimiter(',');
  add("--time", shared->time, "When, such as 07:00");
  if (required) shared->zone = "UTC";
  command->add_option("--time-zone", shared->zone, "Whose clock: Europe/Berlin");
}

}  // namespace

void AddSchedules(CommandLine& line, CLI::App* reports) {
  CLI::App* schedules = reports->add_subcommand("schedule", "Reports that are sent by e-mail");
  schedules->require_subcommand(1);
  const Terminal& terminal = line.terminal;
  const auto add = [&](const char* name, const char* text, bool names_one,
                       Result<int> (*run)(const ScheduleCommand&, const Terminal&)) {
    CLI::App* command = schedules->add_subcommand(name, text);
    const Shared shared = AddScheduleOptions(command, names_one);
    line.OnChosen(command, [shared, run, &terminal] { return run(*shared, terminal); });
    return std::pair(command, shared);
  };
  add("list", "All of them", false, &List);
  const auto [create, made] = add("create", "Send a report from now on", false, &Create);
  AddMembers(create, made, true);
  const auto [set, changed] = add("set", "Change some of it", true, &Set);
  AddMembers(set, changed, false);
  CLI::Option* on = set->add_flag("--on", changed->on, "Send it again");
  set->add_flag("--off", changed->off, "Send it no more, but keep it")->excludes(on);
  add("delete", "Forget it, and its log", true, &Delete);
  add("send", "Send it now, once more", true, &Send);
  add("log", "What was sent of it", true, &ShowLog);
}

}  // namespace vdiwatch::server
