#include "agent/facts_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "report/catalogue.h"

namespace vdiwatch::agent {
namespace {

struct Row {
  std::string fact, value, sources;
};

std::string ValueText(std::string_view key, const Fact& fact) {
  if (const Missing* missing = fact.missing()) {
    switch (*missing) {
      case Missing::kAbsent:
        return "- (not there)";
      case Missing::kDenied:
        return "? (access denied)";
      case Missing::kFailed:
        return "? (could not be read)";
      case Missing::kNotGathered:
        return "? (not looked at)";
      case Missing::kUndetermined:
        return "? (does not decide)";
    }
  }
  if (auto flag = fact.AsBool()) return *flag ? "yes" : "no";
  const FactSpec* spec = FindFact(key);
  std::string text = Describe(fact);
  return spec && !spec->unit.empty() ? fmt::format("{} {}", text, spec->unit) : text;
}

std::string SourcesText(const Fact& fact) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> shown(fact.sources.begin(),
                                 fact.sources.begin() + std::min(kShown, fact.sources.size()));
  std::string text = Join(shown, ", ");
  if (fact.sources.size() > kShown) {
    text += fmt::format(" and {} more", fact.sources.size() - kShown);
  }
  return text;
}

// How many columns a terminal needs: continuation bytes of UTF-8 take none.
std::size_t Width(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

std::string Padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, Width(text)), ' ');
}

}  // namespace

std::string FactsTable(const Facts& facts) {
  std::vector<Row> rows = {{"FACT", "VALUE", "WHERE IT WAS READ"}};
  // In the catalogue's order, which goes from the machine to the product.
  for (const FactSpec& spec : Catalogue()) {
    auto found = facts.find(spec.key);
    if (found == facts.end()) continue;
    rows.push_back({found->first, Printable(ValueText(spec.key, found->second), 60),
                    SourcesText(found->second)});
  }
  std::size_t fact_width = 0, value_width = 0;
  for (const Row& row : rows) {
    fact_width = std::max(fact_width, Width(row.fact));
    value_width = std::max(value_width, Width(row.value));
  }
  std::string text;
  for (const Row& row : rows) {
    text += Padded(row.fact, fact_width) + "  ";
    text += row.sources.empty() ? row.value : Padded(row.value, value_width) + "  " + row.sources;
    text += "\n";
  }
  return text;
}

}  // namespace vdiwatch::agent
