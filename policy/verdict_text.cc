#include "policy/verdict_text.h"

#include <algorithm>

namespace vdiwatch::policy {
namespace {

bool IsPlain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f &&
         c != '"' && c != '\\';
}

void AddText(std::string& out, std::string_view text) {
  if (!std::ranges::all_of(text, IsPlain)) {
    out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

// ,"key":"text", or without the comma.
void AddMember(std::string& out, std::string_view key, std::string_view text, bool first = false) {
  out += first ? "\"" : ",\"";
  out += key;
  out += "\":";
  AddText(out, text);
}

void AddFact(std::string& out, std::string_view key, const Fact& fact) {
  AddText(out, key);
  if (const Missing* missing = fact.missing()) {
    out += ":{";
    AddMember(out, "missing", ToString(*missing), true);
  } else {
    out += ":{\"value\":";
    if (const auto* text = std::get_if<std::string>(fact.value())) AddText(out, *text);
    if (const auto* flag = std::get_if<bool>(fact.value())) out += *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(fact.value()))
      out += std::to_string(*number);
  }
  out += '}';
}

// Members in the order of their names, as JSON objects are kept elsewhere.
void AddRule(std::string& out, const RuleVerdict& rule, const Facts& facts) {
  out += '{';
  AddMember(out, "actual", rule.actual, true);
  AddMember(out, "contact", rule.contact);
  AddMember(out, "expected", rule.expected);
  out += ",\"facts\":{";
  std::vector<std::string_view> keys(rule.facts.begin(), rule.facts.end());
  std::ranges::sort(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) out += ',';
    AddFact(out, keys[i], FactOf(facts, keys[i]));
  }
  out += '}';
  AddMember(out, "grade", ToString(rule.grade));
  AddMember(out, "id", rule.rule);
  AddMember(out, "remediation", rule.remediation);
  AddMember(out, "severity", ToString(rule.severity));
  AddMember(out, "title", rule.title);
  AddMember(out, "url", rule.url);
  if (const auto& excuse = rule.excuse) {
    out += ",\"waiver\":{";
    AddMember(out, "grade", ToString(excuse->grade), true);
    AddMember(out, "id", excuse->waiver);
    AddMember(out, "text", excuse->text);
    out += '}';
  }
  AddMember(out, "why", rule.why);
  out += '}';
}

}  // namespace

std::string VerdictText(const Verdict& verdict, const Facts& facts) {
  std::string out;
  out.reserve(1024 * (verdict.rules.size() + 1));
  out += '{';
  AddMember(out, "grade", ToString(verdict.grade), true);
  out += ",\"rules\":[";
  for (std::size_t i = 0; i < verdict.rules.size(); ++i) {
    if (i > 0) out += ',';
    AddRule(out, verdict.rules[i], facts);
  }
  out += "]}";
  return out;
}

}  // namespace vdiwatch::policy
