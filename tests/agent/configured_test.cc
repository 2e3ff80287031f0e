#include "agent/configured.h"

#include <gtest/gtest.h>

#include "agent/probe/probe.h"
#include "report/fact_set.h"

namespace vdiwatch::agent {
namespace {

constexpr const char* kCitrix = "wmi:root\\citrix\\DesktopInformation:Citrix_VirtualDesktopInfo";

Evidence Machine(const std::string& pool, const std::string& mode) {
  Evidence evidence;
  evidence.os = "windows";
  AgentConfig config;
  config.pool = pool;
  config.vdi_mode = mode;
  AddSettings(config, evidence);
  return evidence;
}
Evidence Citrix(const std::string& pool, const std::string& mode) {
  Evidence evidence = Machine(pool, mode);
  evidence.items["service:BrokerAgent"] = StateReading{"running", "automatic"};
  evidence.items[kCitrix] =
      RowsReading{Json::array({{{"OSChangesPersist", false},
                                {"ProvisioningType", "MachineCreationServices"},
                                {"DesktopGroupName", "Sales"}}})};
  for (const char* none :
       {"wmi:root\\standardcimv2\\embedded:UWF_Filter",
        "registry:HKLM\\SOFTWARE\\Faronics\\Deep Freeze 6@DF Status",
        "registry:HKLM\\SOFTWARE\\WOW6432Node\\Faronics\\Deep Freeze 6@DF Status"}) {
    evidence.items[none] = MissingReading{Missing::kAbsent, ""};
  }
  return evidence;
}
std::string Say(const Facts& facts, std::string_view key) { return Describe(FactOf(facts, key)); }

TEST(ConfiguredTest, FillsWhatNoProductTells) {
  Facts facts = Interpret(Machine("finance", "non_persistent"));
  EXPECT_EQ(Say(facts, "vdi.pool"), "finance");
  EXPECT_EQ(FactOf(facts, "vdi.pool").sources, std::vector<std::string>{"config:pool"});
  EXPECT_EQ(Say(facts, "persistence.declared"), "non_persistent");
  EXPECT_EQ(Say(facts, "persistence.mechanism"), "administrator");
  EXPECT_EQ(FactOf(facts, "vdi.contradicted_settings").missing() != nullptr, true);
}

TEST(ConfiguredTest, AProductsOwnWordCountsAndTheContradictionIsSeen) {
  Facts facts = Interpret(Citrix("finance", "persistent"));
  EXPECT_EQ(Say(facts, "vdi.pool"), "Sales");
  EXPECT_EQ(Say(facts, "persistence.declared"), "non_persistent");
  EXPECT_EQ(Say(facts, "persistence.mechanism"), "citrix_mcs");
  EXPECT_EQ(Say(facts, "vdi.contradicted_settings"),
            "pool is set to 'finance', the broker says 'Sales'; vdi_mode is set to persistent, "
            "citrix_mcs says non_persistent");
  Facts agreeing = Interpret(Citrix("sales", "non_persistent"));
  EXPECT_EQ(*FactOf(agreeing, "vdi.contradicted_settings").missing(), Missing::kAbsent);
}

TEST(ConfiguredTest, WithoutSettingsNothingChanges) {
  Evidence before = Citrix("", "");
  Evidence recorded = before;  // by an agent that knew of no settings
  recorded.items.erase("config:pool");
  recorded.items.erase("config:vdi_mode");
  Facts with = Interpret(before), without = Interpret(recorded);
  EXPECT_EQ(FactSetDigest(with), FactSetDigest(without)) << "they travel with the state";
  EXPECT_EQ(Say(with, "vdi.pool"), Say(without, "vdi.pool"));
  EXPECT_EQ(*FactOf(without, "vdi.contradicted_settings").missing(), Missing::kNotGathered);
}

TEST(ConfiguredTest, OnLinuxToo) {
  Evidence evidence = Machine("labs", "persistent");
  evidence.os = "linux";
  Facts facts = Interpret(evidence);
  EXPECT_EQ(Say(facts, "vdi.pool"), "labs");
  EXPECT_EQ(Say(facts, "persistence.mechanism"), "administrator");
}

TEST(ConfiguredTest, SaysWhySettingsAreMissing) {
  Evidence evidence;
  evidence.os = "linux";
  AddMissingSettings(Denied("cannot read agent.yaml: Permission denied\nand more"), evidence);
  const auto& reading = std::get<MissingReading>(evidence.At("config:pool"));
  EXPECT_EQ(reading.why, Missing::kDenied);
  EXPECT_EQ(reading.detail, "cannot read agent.yaml: Permission denied");
}

}  // namespace
}  // namespace vdiwatch::agent
