#include "collector/store/sql_content.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace vdiwatch::collector {

Result<IdsByDigest> FindIds(Connection& db, std::string_view find,
                            const std::vector<std::string>& raw_digests) {
  std::unordered_set<std::string_view> distinct(raw_digests.begin(), raw_digests.end());
  distinct.erase("");
  std::vector<Blob> wanted;
  for (std::string_view digest : distinct) wanted.push_back({digest});
  auto read = [](Row& row) {
    std::string digest = row.Text();
    return std::pair(std::move(digest), row.Integer());
  };
  ASSIGN_OR_RETURN(auto found, db.AllIn(find, read, wanted));
  return IdsByDigest(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

Result<std::int64_t> RequireProfile(const IdsByDigest& profiles, const std::string& raw_digest) {
  auto found = profiles.find(raw_digest);
  if (found != profiles.end()) return found->second;
  return Conflict(fmt::format("profile {} is not stored", Hex(raw_digest)));
}

}  // namespace vdiwatch::collector
