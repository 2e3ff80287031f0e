#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {

// Two pools and three profiles to read about.
class FleetReaderContract : public StoreContract {
 protected:
  void SetUp() override;
  Desktop Add(const std::string& host, std::int64_t pool, const Profile* profile,
              Presence presence);
  std::vector<std::string> Hosts(const DesktopFilter& filter);  // sorted

  std::int64_t a_ = 0, b_ = 0;
  Profile good_, bad_, other_;  // of pools a, a and b
};

// A fleet to which random things happen.
class HistoryContract : public StoreContract {
 protected:
  void SetUp() override;
  std::size_t Roll(std::size_t sides);
  void CommitSome();  // some new desktops and some changed ones, the same one twice at times
  void FailSome();    // a batch that fails half way must leave no trace
  void SweepSome();

  Time now_ = kStart;
  std::vector<Desktop> desktops_;

 private:
  void Change(Desktop& desktop);

  std::mt19937 random_{20261122};
  std::vector<std::int64_t> pools_;
  std::vector<Profile> profiles_;
};

}  // namespace vdiwatch::collector

// Puts one engine under all of the contract.
#define VDIWATCH_STORE_CONTRACT(engine, engine_case)                                   \
  INSTANTIATE_TEST_SUITE_P(engine, StoreContract, testing::Values(engine_case));       \
  INSTANTIATE_TEST_SUITE_P(engine, FleetReaderContract, testing::Values(engine_case)); \
  INSTANTIATE_TEST_SUITE_P(engine, HistoryContract, testing::Values(engine_case))
