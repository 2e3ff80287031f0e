#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/digest.h"
#include "collector/collector.h"
#include "collector/store/open.h"
#include "report/fact_set.h"
#include "report/messages.h"

namespace vdiwatch::collector {

// Two rules: the hypervisor is VMware or Azure, the desktop is persistent.
extern const char* const kTwoRules;
policy::PolicySet PolicyFrom(const std::string& text);

// One simulated agent: a key, claims, a canary.
struct Seat {
  std::string csr;
  std::string key;
  CheckInRequest report;
  Facts facts;

  // A new life: another key and another canary, as after a reset.
  void Reset(std::string boot_id, Time now);
  void Reboot(std::string boot_id);
};

// A collector over a real store in a folder of its own, with a clock ticked by hand and one pool,
// `finance`, whose token is good for three desktops and a year.
class CollectorTest : public testing::Test {
 protected:
  CollectorTest();
  ~CollectorTest() override;

  void Start(const std::string& pack);
  Response Post(const std::string& target, const Json& body, const std::string& bearer,
                const std::string& key);
  Seat NewSeat(const std::string& host, const std::string& platform = "vmware");
  Response Enrol(const Seat& seat, const std::string& token);
  // Reports until the collector needs no more; the last answer.
  CheckInResponse Report(Seat& seat);
  // Enrols and reports through so many boots that kept the disk.
  CheckInResponse Live(Seat& seat, int boots);
  PoolSummary Finance();

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("vdiwatch-" + Hex(RandomBytes(6)));
  ManualClock clock_{FromUnix(1'800'000'000)};
  Log log_{Log::Level::kError};
  std::optional<Ca> ca_;
  Database database_;
  std::string token_;
  std::unique_ptr<Collector> collector_;
};

}  // namespace vdiwatch::collector
