#pragma once

#include <string>

#include "collector/store/connection.h"
#include "report/claims.h"

namespace vdiwatch::collector {

// A desktop's claims as they stand in its columns.
struct ClaimColumns {
  std::string host_name;
  std::string smbios_uuid;
  std::string cloud_vm_id;
  std::string others;
  bool operator==(const ClaimColumns&) const = default;
};

ClaimColumns ColumnsOf(const Claims& claims);
ClaimColumns ReadClaimColumns(Row& row);  // host_name, smbios_uuid, cloud_vm_id, claims
Result<Claims> ClaimsOf(const ClaimColumns& columns);

// For an incarnation that does not share its desktop's claims; not empty even if it has none.
std::string OwnClaims(const Claims& claims);

}  // namespace vdiwatch::collector
