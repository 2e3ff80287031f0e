#include "policy/evaluate.h"

namespace vdiwatch::policy {
namespace {

Json FactToJson(const Fact& fact) {
  if (const Missing* missing = fact.missing()) return {{"missing", ToString(*missing)}};
  return {{"value", std::visit([](const auto& held) { return Json(held); }, *fact.value())}};
}

Json RuleToJson(const RuleVerdict& rule, const Facts& facts) {
  Json rested = Json::object();
  for (const auto& key : rule.facts) rested[key] = FactToJson(FactOf(facts, key));
  Json json = {{"id", rule.rule},
               {"title", rule.title},
               {"severity", ToString(rule.severity)},
               {"grade", ToString(rule.grade)},
               {"why", rule.why},
               {"expected", rule.expected},
               {"actual", rule.actual},
               {"remediation", rule.remediation},
               {"contact", rule.contact},
               {"url", rule.url},
               {"facts", std::move(rested)}};
  if (const auto& excuse = rule.excuse) {
    json["waiver"] = {
        {"id", excuse->waiver}, {"grade", ToString(excuse->grade)}, {"text", excuse->text}};
  }
  return json;
}

}  // namespace

Json VerdictToJson(const Verdict& verdict, const Facts& facts) {
  Json rules = Json::array();
  for (const auto& rule : verdict.rules) rules.push_back(RuleToJson(rule, facts));
  return {{"grade", ToString(verdict.grade)}, {"rules", std::move(rules)}};
}

}  // namespace vdiwatch::policy
