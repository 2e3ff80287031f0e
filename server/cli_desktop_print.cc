#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "server/cli_desktop.h"
#include "server/cli_remote.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

const Json* FactNamed(const Json& desktop, std::string_view key) {
  const auto facts = desktop.find("facts");
  if (facts == desktop.end()) return nullptr;
  const auto found =
      std::ranges::find_if(*facts, [&](const Json& fact) { return Text(fact, "key") == key; });
  return found == facts->end() ? nullptr : &*found;
}

std::string ValueOf(const Json& fact) {
  if (!fact.contains("value")) return "(" + Text(fact, "missing") + ")";
  const std::string unit = Text(fact, "unit");
  return Text(fact, "value") + (unit.empty() ? "" : " " + unit);
}

// "platform.kind = xen_server, from cpuid:40000000"
std::string Evidence(const Json& desktop, const std::string& key) {
  const Json* fact = FactNamed(desktop, key);
  if (fact == nullptr) return key + " was not gathered";
  std::vector<std::string> sources;
  for (const Json& source : fact->value("sources", Json::array())) {
    sources.push_back(Printable(source.get<std::string>()));
  }
  const std::string from = sources.empty() ? "" : ", from " + Join(sources, ", ");
  return fmt::format("{} = {}{}", key, ValueOf(*fact), from);
}

std::string EvidenceOf(const Json& desktop, const Json& rule) {
  std::vector<std::string> parts;
  for (const Json& key : rule.value("facts", Json::array())) {
    parts.push_back(Evidence(desktop, key.get<std::string>()));
  }
  return Join(parts, "; ");
}

void PrintLine(std::string_view label, const std::string& text, const Terminal& terminal) {
  if (text.empty()) return;
  constexpr std::size_t kIndent = 16;
  std::string head = fmt::format("    {:<{}}", label, kIndent - 4);
  for (const std::string& line : Wrap(text, terminal.width - kIndent)) {
    terminal.out << Paint(head, Tint::kFaint, terminal.color) << line << "\n";
    head.assign(kIndent, ' ');
  }
}

// A rule that is fine needs its sentence; any other all there is to know about it.
void PrintRule(const Json& desktop, const Json& rule, const Terminal& terminal) {
  const std::string grade = Text(rule, "grade");
  terminal.out << "  " << Paint(grade, TintOf(grade), terminal.color) << "  "
               << Paint(Text(rule, "title"), Tint::kStrong, terminal.color)
               << Paint(fmt::format("  ({}, {})", Text(rule, "id"), Text(rule, "severity")),
                        Tint::kFaint, terminal.color)
               << "\n";
  PrintLine("why", Text(rule, "why"), terminal);
  PrintLine("waived", Text(rule.value("waiver", Json::object()), "text"), terminal);
  if (grade == "compliant" || grade == "not_applicable") return;
  PrintLine("expected", Text(rule, "expected"), terminal);
  PrintLine("actual", Text(rule, "actual"), terminal);
  PrintLine("evidence", EvidenceOf(desktop, rule), terminal);
  PrintLine("do", Text(rule, "remediation"), terminal);
  PrintLine("ask", Text(rule, "contact"), terminal);
  PrintLine("source", Text(rule, "url"), terminal);
}

void PrintHead(const Json& desktop, const Terminal& terminal) {
  const std::string grade = Text(desktop, "grade");
  terminal.out << Paint(Text(desktop, "host_name"), Tint::kStrong, terminal.color) << ": "
               << Paint(grade, TintOf(grade), terminal.color) << "\n";
  PrintLine("id", Text(desktop, "id"), terminal);
  PrintLine("pool", Text(desktop, "pool"), terminal);
  PrintLine("domain", Text(desktop, "domain"), terminal);
  PrintLine("presence", Text(desktop, "presence") + ", last seen " + Text(desktop, "last_seen"),
            terminal);
  PrintLine("agent", Text(desktop, "agent_version") + " on " + Text(desktop, "os"), terminal);
  if (const std::string duplicate = Text(desktop, "duplicate"); duplicate != "none") {
    PrintLine("duplicate", duplicate, terminal);
  }
  PrintLine("policy", PolicyText(desktop), terminal);
  PrintLine("boots", Text(desktop.value("boots", Json::object()), "text"), terminal);
}

void PrintFacts(const Json& desktop, const Terminal& terminal) {
  Table table{{"FACT", "VALUE", "WHAT IT SAYS"}, {}};
  for (const Json& fact : desktop.value("facts", Json::array())) {
    table.rows.push_back({{Text(fact, "key")},
                          {ValueOf(fact), fact.contains("value") ? Tint::kPlain : Tint::kFaint},
                          {Text(fact, "sentence"), Tint::kFaint}});
  }
  if (!table.rows.empty()) terminal.out << Render(table, terminal.width, terminal.color);
}

void PrintReadings(const Json& desktop, const Terminal& terminal) {
  Table table{{"READING", "TEXT"}, {}};
  const Json readings = desktop.value("readings", Json::object());
  for (const auto& [locator, unused] : readings.items()) {
    table.rows.push_back({{Printable(locator)}, {Text(readings, locator)}});
  }
  if (!table.rows.empty()) {
    terminal.out << "\n" << Render(table, terminal.width, terminal.color);
  }
}

}  // namespace

void PrintDesktop(const Json& desktop, const Terminal& terminal) {
  PrintHead(desktop, terminal);
  const Json verdict = desktop.value("verdict", Json());
  terminal.out << "\nRules\n";
  if (!verdict.is_object()) terminal.out << "  Not judged yet: its facts are not known.\n";
  if (verdict.is_object()) {
    for (const Json& rule : verdict.value("rules", Json::array())) {
      PrintRule(desktop, rule, terminal);
    }
  }
  terminal.out << "\n";
  PrintFacts(desktop, terminal);
  PrintReadings(desktop, terminal);
}

}  // namespace vdiwatch::server
