#include <gtest/gtest.h>

#include <random>

#include "agent/probe/board.h"
#include "agent/probe/probe.h"
#include "agent/probe/smbios.h"
#include "tests/agent/corpus.h"

namespace vdiwatch::agent {
namespace {

// One structure: header, body, strings.
std::string Structure(int type, std::string body, const std::vector<std::string>& strings) {
  std::string bytes;
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(body.size() + 4);
  bytes += std::string(2, '\0') + body;
  for (const std::string& text : strings) bytes += text + '\0';
  return bytes + std::string(strings.empty() ? 2 : 1, '\0');
}

std::string Bios(const std::string& vendor, int extension2) {
  std::string body = {1, 2, 0, 0, 3, 0};
  body += std::string(8, '\0');
  body += std::string{3, static_cast<char>(extension2)};
  return Structure(0, body, {vendor, "1.0", "2024"});
}

std::string System(const std::string& maker, const std::string& product) {
  return Structure(1, std::string{1, 2, 3, 4} + std::string(16, '\x22') + std::string{6},
                   {maker, product, "v1", "SERIAL-77"});
}

const std::string kTable = Bios("Acme", 0x08) + System("Acme", "Desk 1 ") + Bios("garbage", 0x10) +
                           Structure(3, std::string{1, 1, 0, 2, 3}, {"Acme", "CHASSIS-9", "tag"}) +
                           Structure(127, "", {});

TEST(SmbiosTest, FirstStructureOfATypeCounts) {
  auto table = ParseSmbios(kTable);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->strings["bios.vendor"], "Acme");
  EXPECT_EQ(table->strings["system.product"], "Desk 1");
  EXPECT_EQ(table->strings["chassis.asset_tag"], "tag");
  EXPECT_EQ(table->vm_bit, false);
  EXPECT_EQ(table->strings["system.uuid"], "22222222-2222-2222-2222-222222222222");
}

TEST(SmbiosTest, TheBoardOfANitroMachineTellsItsInstance) {
  const std::string table = System("Amazon EC2", "t3.large") +
                            Structure(2, {1, 0, 0, 0, 2}, {"Amazon EC2", "i-0123456789abcdef0"}) +
                            Structure(127, "", {});
  auto read = ParseSmbios(table);
  ASSERT_TRUE(read);
  EXPECT_EQ(
      Ec2InstanceId(read->strings["system.manufacturer"], read->strings["baseboard.asset_tag"]),
      "i-0123456789abcdef0");
  EXPECT_EQ(Ec2InstanceId("Amazon EC2", "Not Specified"), "");
  EXPECT_EQ(Ec2InstanceId("Acme", "i-0123456789abcdef0"), "");
}

TEST(SmbiosTest, KnowsWhetherTheTableIsWhole) {
  EXPECT_TRUE(ParseSmbios(kTable)->whole);
  EXPECT_FALSE(ParseSmbios(Bios("Acme", 0x08) + System("Acme", "Desk 1"))->whole);
  // Padding after the end is not looked at.
  EXPECT_TRUE(ParseSmbios(kTable + std::string(64, '\xFF'))->whole);
  EXPECT_FALSE(ParseSmbios(kTable.substr(0, kTable.size() - 20))->whole);
}

TEST(SmbiosTest, WhatABrokenTableDoesNotHoldIsNotAbsent) {
  Evidence evidence;
  evidence.os = "windows";
  for (auto [bytes, why] :
       {std::pair(kTable, Missing::kAbsent), std::pair(kTable.substr(0, 60), Missing::kFailed)}) {
    evidence.items["smbios:raw"] = BytesReading{bytes};
    const Evidence decoded = WithDecodedSmbios(evidence);
    EXPECT_EQ(std::get<MissingReading>(decoded.At("smbios:baseboard.product")).why, why);
  }
}

TEST(SmbiosTest, WhatCannotBeReadLeavesNoRecordedStringStanding) {
  Evidence evidence;
  evidence.os = "windows";
  evidence.items["smbios:system.product"] = TextReading{"Desk 1"};
  for (const Reading& raw :
       {Reading(BytesReading{std::string(64, '\xff')}), Reading(TextReading{"abc"})}) {
    evidence.items["smbios:raw"] = raw;
    const Evidence decoded = WithDecodedSmbios(evidence);
    const auto* missing = std::get_if<MissingReading>(&decoded.At("smbios:system.product"));
    ASSERT_NE(missing, nullptr);
    EXPECT_EQ(missing->why, Missing::kFailed);
  }
  // A table that nobody could open says nothing against strings that were read elsewhere.
  evidence.items["smbios:raw"] = MissingReading{Missing::kDenied, "access denied"};
  EXPECT_TRUE(
      std::holds_alternative<TextReading>(WithDecodedSmbios(evidence).At("smbios:system.product")));
}

TEST(SmbiosTest, ReadsTheBitOfAVirtualMachine) {
  EXPECT_EQ(ParseSmbios(Bios("Acme", 0x10))->vm_bit, true);
  // Tables before 2.1 have no extension bytes: then nobody knows.
  auto old = ParseSmbios(Structure(0, std::string{1, 2} + std::string(12, '\0'), {"Old", "1"}));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->vm_bit, std::nullopt);
}

TEST(SmbiosTest, SkipsWhatStandsBeforeTheTable) {
  std::string windows = std::string{0, 3, 2, 0};
  for (int shift = 0; shift < 32; shift += 8) {
    windows += static_cast<char>(kTable.size() >> shift & 0xFF);
  }
  std::string dump = "_SM3_" + std::string(27, '\x18');
  for (const std::string& before : {std::string(), windows, dump}) {
    auto table = ParseSmbios(before + kTable);
    ASSERT_TRUE(table) << before.size();
    EXPECT_EQ(table->strings["system.manufacturer"], "Acme");
  }
}

TEST(SmbiosTest, ATruncatedTableGivesWhatIsWhole) {
  std::string cut = kTable.substr(0, Bios("Acme", 0).size() + 20);
  auto table = ParseSmbios(cut);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->strings["bios.vendor"], "Acme");
  EXPECT_FALSE(table->strings.contains("system.product"));
}

TEST(SmbiosTest, StringsAreAsciiAndNumbersThatNameNoneAreLeftOut) {
  auto table = ParseSmbios(Structure(1, std::string{1, 9, 0, 0}, {"Gr\xfc\xdf\x07"}));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->strings["system.manufacturer"], "Gr???");
  EXPECT_FALSE(table->strings.contains("system.product"));
}

TEST(SmbiosTest, WhatIsNoTableIsAnError) {
  for (const std::string& bytes :
       {std::string(), std::string(3, '\0'), std::string(64, '\xff'), std::string("_SM_"),
        std::string(32, '\0'), Structure(127, "", {})}) {
    EXPECT_FALSE(ParseSmbios(bytes)) << bytes.size();
  }
}

TEST(SmbiosTest, RecordingLeavesSerialNumbersOut) {
  std::string kept = WithoutSerials(kTable + "behind the end");
  EXPECT_EQ(kept.find("SERIAL-77"), std::string::npos);
  EXPECT_EQ(kept.find("CHASSIS-9"), std::string::npos);
  EXPECT_EQ(kept.find("behind"), std::string::npos);
  auto before = ParseSmbios(kTable), after = ParseSmbios(kept);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->strings, before->strings);
  EXPECT_EQ(after->vm_bit, before->vm_bit);
  EXPECT_EQ(WithoutSerials(kept), kept);
}

// Truncated at every byte and with bytes flipped: no crash, no read past the end (under ASan), and
// every string that comes out was somewhere in the bytes.
TEST(SmbiosTest, SurvivesDamage) {
  std::mt19937 random(20261122);
  for (std::size_t length = 0; length <= kTable.size(); ++length) {
    // A copy of its own, so that a read past its end is one past the allocation's.
    std::vector<char> exact(kTable.begin(), kTable.begin() + static_cast<long>(length));
    (void)ParseSmbios({exact.data(), exact.size()});
    (void)WithoutSerials({exact.data(), exact.size()});
  }
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = kTable;
    for (int flips = 1 + round % 8; flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    auto table = ParseSmbios(damaged);
    if (!table) continue;
    for (const auto& [name, text] : table->strings) EXPECT_LE(text.size(), 2048u) << name;
    EXPECT_LE(WithoutSerials(damaged).size(), damaged.size() + 2);
  }
}

}  // namespace
}  // namespace vdiwatch::agent
