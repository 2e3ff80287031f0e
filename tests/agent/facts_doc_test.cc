#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "report/catalogue.h"

namespace vdiwatch {
namespace {

std::string TypeText(const FactSpec& spec) {
  if (spec.type != FactType::kEnum) {
    std::string text(ToString(spec.type));
    return spec.unit.empty() ? text : fmt::format("{}, {}", text, spec.unit);
  }
  std::vector<std::string> values;
  for (std::string_view value : spec.values) {
    bool reserved = std::ranges::find(spec.reserved, value) != spec.reserved.end();
    values.push_back(fmt::format("`{}`{}", value, reserved ? " (reserved)" : ""));
  }
  return Join(values, ", ");
}

// docs/facts.md, from the catalogue and nothing else.
std::string FactsPage() {
  std::string page =
      "# Facts\n\n"
      "What vdiwatch knows about a desktop. Policies name these keys; a fact has a value, or the "
      "reason why there\nis none: `absent` (the place was read, the thing is not there), `denied`, "
      "`failed`, `not_gathered`, or\n`undetermined` (what was read does not decide). This page is "
      "generated from the catalogue in `report/`.\n\n"
      "The class says how a fact travels: `configuration` facts make up the fact set that clones "
      "share, `state` facts\nchange with use, `per_desktop` facts are nearly unique, `derived` "
      "ones are worked out by the collector.\n\n"
      "A value that is *reserved* is told by no agent today: nothing that can be read on the "
      "machine decides for it yet,\nso that a rule over it never matches. How `platform.kind` "
      "comes about, and what its values mean: [platform.md](platform.md).\n\n"
      "| fact | values | class | OS | what it says |\n|---|---|---|---|---|\n";
  for (const FactSpec& spec : Catalogue()) {
    page += fmt::format("| `{}` | {} | {} | {} | {} |\n", spec.key, TypeText(spec),
                        ToString(spec.fact_class), ToString(spec.os), spec.sentence);
  }
  return page;
}

// VDIWATCH_REWRITE=1 writes the page instead of comparing it.
TEST(FactsDocTest, ThePageIsCurrent) {
  const std::string path = std::string(VDIWATCH_SOURCE_DIR) + "/docs/facts.md";
  if (std::getenv("VDIWATCH_REWRITE")) {
    ASSERT_TRUE(WriteFile(path, FactsPage(), FileMode::kPublic));
  }
  auto page = ReadFile(path, 1 << 20);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page, FactsPage()) << "run this test with VDIWATCH_REWRITE=1";
}

}  // namespace
}  // namespace vdiwatch
