#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

using Ids = std::vector<std::string_view>;

std::string ReadRuleId(const Yaml& node, const Ids& ids, const ParseContext& context) {
  if (node.kind != Yaml::Kind::kScalar) {
    context.Complain(node.mark, "'rules' of a statement takes a list of rules' ids");
    return {};
  }
  if (std::ranges::find(ids, node.text) == ids.end()) {
    context.Complain(node.mark, fmt::format("unknown rule '{}'{}", Printable(node.text, 80),
                                            DidYouMean(node.text, ids)));
  }
  return node.text;
}

Statement ParseStatement(const Yaml& node, const Ids& ids, const ParseContext& context) {
  Statement statement;
  YamlMap map = context.Map(node, "a statement");
  statement.section = map.TextOr("section", "");
  statement.says = map.Text("says");
  const Yaml* rules = map.Optional("rules");
  statement.no_rule = map.TextOr("no_rule", "");
  if (rules && rules->items.empty()) {
    context.Complain(rules->mark, "'rules' of a statement takes a list of rules' ids");
  }
  if (rules) {
    for (const Yaml& id : rules->items) {
      statement.rules.push_back(ReadRuleId(id, ids, context));
    }
  }
  if (node.kind == Yaml::Kind::kMap && !rules == statement.no_rule.empty()) {
    context.Complain(node.mark, "a statement has 'rules', or says in 'no_rule' why it has none");
  }
  map.Finish();
  return statement;
}

}  // namespace

std::vector<Statement> ParseStatements(const Yaml& node, const std::vector<Rule>& rules,
                                       const ParseContext& context) {
  std::vector<Statement> statements;
  if (node.kind != Yaml::Kind::kSequence || node.items.empty()) {
    context.Complain(node.mark, "'statements' takes a list of {section, says, rules or no_rule}");
    return statements;
  }
  Ids ids;
  for (const Rule& rule : rules) ids.push_back(rule.id);
  std::set<std::string_view> named;
  for (const Yaml& item : node.items) {
    statements.push_back(ParseStatement(item, ids, context));
    named.insert(statements.back().rules.begin(), statements.back().rules.end());
  }
  for (const Rule& rule : rules) {
    if (rule.id.empty() || named.contains(rule.id)) continue;
    context.Complain(rule.mark, fmt::format("no statement names the rule '{}'", rule.id));
  }
  return statements;
}

}  // namespace vdiwatch::policy
