#include "collector/store/sql_claims.h"

#include <utility>

#include "collector/store/columns.h"

namespace vdiwatch::collector {

ClaimColumns ColumnsOf(const Claims& claims) {
  Claims others = claims;
  others.host_name.clear();
  others.smbios_uuid.clear();
  others.cloud_vm_id.clear();
  return {claims.host_name, claims.smbios_uuid, claims.cloud_vm_id, ClaimsToColumn(others)};
}

ClaimColumns ReadClaimColumns(Row& row) { return {row.Text(), row.Text(), row.Text(), row.Text()}; }

Result<Claims> ClaimsOf(const ClaimColumns& columns) {
  ASSIGN_OR_RETURN(Claims claims, ClaimsOfColumn(columns.others));
  claims.host_name = columns.host_name;
  claims.smbios_uuid = columns.smbios_uuid;
  claims.cloud_vm_id = columns.cloud_vm_id;
  return claims;
}

std::string OwnClaims(const Claims& claims) {
  std::string text = ClaimsToColumn(claims);
  return text.empty() ? "{}" : text;
}

}  // namespace vdiwatch::collector
