#include <fmt/format.h>

#include <string>

#include "agent/probe/look.h"
#include "agent/probe/subjects.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// A product's own word beats the administrator's: it is what the machine really does.
// An answer that a closed place keeps back is not for a setting to give.
bool LeavesItOpen(const Fact& told) {
  const Missing* missing = told.missing();
  return missing && *missing != Missing::kDenied && *missing != Missing::kFailed;
}

void FillPool(Look& look, Facts& facts, std::string& contradiction) {
  auto set = look.Text("config:pool");
  if (!set) return;
  std::string pool = Printable(Trim(*set));
  const Fact& told = FactOf(facts, "vdi.pool");
  auto name = told.AsText();
  if (LeavesItOpen(told)) {
    facts["vdi.pool"] = look.Answer(pool);
  } else if (name && !EqualsIgnoreCase(*name, pool)) {
    contradiction = fmt::format("pool is set to '{}', the broker says '{}'", pool, *name);
    look.AddSources(told.sources);
  }
}

void FillMode(Look& look, Facts& facts, std::string& contradiction) {
  auto set = look.Text("config:vdi_mode");
  if (set != "persistent" && set != "non_persistent") return;
  const Fact& told = FactOf(facts, "persistence.declared");
  auto declared = told.AsText();
  if (LeavesItOpen(told)) {
    facts["persistence.declared"] = look.Answer(std::string(*set));
    facts["persistence.mechanism"] = look.Answer("administrator");
  } else if (declared && *declared != *set) {
    auto mechanism = FactOf(facts, "persistence.mechanism").AsText();
    contradiction = fmt::format("vdi_mode is set to {}, {} says {}", *set,
                                mechanism ? *mechanism : "the provisioning software", *declared);
    look.AddSources(told.sources);
  }
}

}  // namespace

void ProbeConfigured(const Evidence& evidence, Facts& facts) {
  Look pool(evidence), mode(evidence);
  std::string about_pool, about_mode;
  FillPool(pool, facts, about_pool);
  FillMode(mode, facts, about_mode);
  std::string both = about_pool;
  if (!about_pool.empty() && !about_mode.empty()) both += "; ";
  both += about_mode;
  Look all(evidence);
  all.AddSources(pool.sources());
  all.AddSources(mode.sources());
  if (!both.empty()) {
    facts["vdi.contradicted_settings"] = all.Answer(both);
    return;
  }
  (void)all.Text("config:pool");
  (void)all.Text("config:vdi_mode");
  facts["vdi.contradicted_settings"] =
      all.Complete() ? all.Without(Missing::kAbsent) : all.NoAnswer();
}

}  // namespace vdiwatch::agent
