#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "collector/store/report_reader.h"
#include "server/compliance/machine_export.h"

namespace vdiwatch::server::compliance {

// A desktop that is not retired, and its pool's name.
struct Seated {
  collector::SeatedDesktop desktop;
  std::string pool;
};

// An export beside what reports. Every desktop of the scope and every host of the export stands in
// exactly one of the counts `both`, `stale`, `never_reported` and `not_in_export`; stale ones that
// the export does not have are in the last one.
struct Reconciliation {
  std::int64_t both = 0;                    // in the export, and reporting
  std::vector<Seated> stale;                // in the export, and silent
  std::vector<std::string> never_reported;  // in the export, without any desktop
  std::vector<Seated> not_in_export;        // a desktop that the export does not have
};

// Pure. Where several desktops have one name, it reports if one of them does.
Reconciliation Reconcile(const MachineExport& machines, std::vector<Seated> desktops);

// {"export":…,"counts":…,"never_reported":…,…}, each list with at most `limit` entries. Pure.
Json ReconciliationJson(const MachineExport& machines, const Reconciliation& found,
                        std::size_t limit);

}  // namespace vdiwatch::server::compliance
