#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collector/store/fleet_index.h"
#include "report/catalogue.h"

namespace vdiwatch::server {

// Live and off ones.
std::int64_t Reporting(const collector::ProfileStanding& standing);

// What the facts of all profiles say, in words. A profile's facts never change, so each is read
// once and remembered for as long as desktops have it: a list by fact costs the same however many
// desktops there are. Any thread may call.
class FactIndex {
 public:
  explicit FactIndex(collector::FleetIndex& index) : index_(index) {}

  // Raw digests of the profiles of these pools, that desktops have, in which the fact has this
  // answer in words.
  Result<std::vector<std::string>> ProfilesWith(std::span<const std::int64_t> pools,
                                                const FactSpec& fact, std::string_view value);

  // How many reporting desktops of these profiles have each answer.
  Result<std::map<std::string, std::int64_t>> CountReporting(
      const std::vector<collector::ProfileStanding>& standings, const FactSpec& fact);

  // Reads what no request asked for yet.
  Result<void> ReadAhead();

 private:
  // Sorted by place in the catalogue; without facts that the profile does not hold.
  using Answers = std::vector<std::pair<const FactSpec*, std::string>>;
  using ByProfile = std::unordered_map<std::string, std::shared_ptr<const Answers>>;

  Result<void> Remember(const std::vector<collector::ProfileStanding>& standings);
  void ForgetOthers(const std::vector<collector::ProfileStanding>& standings);
  const std::string* AnswerOf(const std::string& profile, const FactSpec& fact,
                              const std::string& if_not_there) const;

  collector::FleetIndex& index_;
  std::mutex mutex_;
  ByProfile remembered_;  // by raw digest; guarded by mutex_
};

}  // namespace vdiwatch::server
