#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

PackSource ParseSource(const Yaml& node, const ParseContext& context) {
  PackSource source;
  YamlMap map = context.Map(node, "'source'");
  source.title = map.TextOr("title", "");
  source.url = ParseUrl(map, node, "");
  source.as_of = map.TextOr("as_of", "");
  if (!source.as_of.empty() && !ParseTime(source.as_of + "T00:00:00Z")) {
    map.Complain(node.Find("as_of")->mark, "'as_of' must be a date such as 2025-06-01");
  }
  map.Finish();
  return source;
}

}  // namespace

Pack ParsePack(const Yaml& document, const ParseContext& context) {
  Pack pack;
  pack.file = context.file;
  YamlMap map = context.Map(document, "a pack");
  pack.name = map.Text("pack");
  pack.version = map.TextOr("version", "");
  if (const Yaml* source = map.Optional("source")) pack.source = ParseSource(*source, context);
  if (const Yaml* rules = map.Required("rules")) {
    if (rules->kind != Yaml::Kind::kSequence || rules->items.empty()) {
      map.Complain(rules->mark, "'rules' takes a list of rules; a pack without any checks nothing");
    }
    for (const Yaml& item : rules->items) {
      auto before = context.diagnostics.size();
      pack.rules.push_back(ParseRule(item, pack.source.url, context));
      // What was misread would only seem unreachable.
      pack.rules.back().misread = context.diagnostics.size() > before;
      if (!pack.rules.back().misread) LintReach(pack.rules.back(), context);
    }
  }
  if (const Yaml* statements = map.Optional("statements")) {
    pack.statements = ParseStatements(*statements, pack.rules, context);
  }
  map.Finish();
  return pack;
}

}  // namespace vdiwatch::policy
