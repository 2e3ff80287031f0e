#pragma once

#include <optional>

#include "policy/evaluate.h"
#include "policy/rule.h"

namespace vdiwatch::policy {

// What a rule looks at: one desktop's facts, its pool's attributes, its operating system if known.
struct View {
  const Facts& facts;
  const PoolAttributes& pool;
  std::optional<FactOs> os;
  bool no_docker_desktop = false;  // known not to be installed
};
View ViewOf(const Facts& facts, const PoolAttributes& pool);

// The fact behind a comparison. What cannot be there is absent: facts of another operating system,
// and those of a Docker Desktop that is not installed. Pool attributes are no facts: see PoolValue.
const Fact& FactOf(const Comparison& comparison, const View& view);
// The attribute behind `pool.<attribute>` or, in a pool's match, `claims.<name>`; null if unset.
const std::string* PoolValue(const Comparison& comparison, const View& view);

// Whether the fact has a word that this release's catalogue does not know, as a newer agent may
// send it: every comparison of it is open, except whether it is there.
bool IsUnheardOf(const Comparison& comparison, const FactValue& value);

// How one value, of a fact or of an attribute, stands to a comparison.
Truth TestValue(const Comparison& comparison, const FactValue& value);

Truth Test(const Comparison& comparison, const View& view);
Truth Test(const Condition& condition, const View& view);
Truth Not(Truth truth);

// Whether the condition reads a fact that does not exist on the view's operating system.
bool ReadsForeignFact(const Condition& condition, const View& view);

}  // namespace vdiwatch::policy
