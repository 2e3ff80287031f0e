#include "agent/evidence.h"

#include <gtest/gtest.h>

#include "agent/probe/look.h"
#include "agent/probe/probe.h"
#include "report/messages.h"
#include "tests/agent/corpus.h"

namespace vdiwatch::agent {
namespace {

std::string WithItems(const std::string& items) {
  return R"({"format":"vdiwatch-evidence/1","os":"windows","collected_at":"2026-11-22T08:00:00Z",)"
         R"("provenance":"a test","items":{)" +
         items + "}}";
}

Evidence Read(const std::string& items) {
  auto evidence = EvidenceFromText(WithItems(items), "test.json");
  EXPECT_TRUE(evidence) << evidence.error().message;
  return evidence ? *evidence : Evidence();
}

// Why an item became a missing reading; empty if it did not.
std::string Why(const Evidence& evidence, std::string_view locator) {
  const auto* missing = std::get_if<MissingReading>(&evidence.At(locator));
  return missing ? std::string(ToString(missing->why)) + ": " + missing->detail : "";
}

TEST(EvidenceTest, ReadsEveryShape) {
  Evidence evidence =
      Read(R"("cpuid:1":{"eax":"0x000306f0","ebx":"0x1","ecx":"0x80000000","edx":"0xffffffff"},)"
           R"("smbios:raw":{"base64":"AAEC"},"api:n":{"number":-4},"file:x":{"text":"ä"},)"
           R"("registry:K\\":{"keys":["A","B"]},"service:s":{"state":"running","start":"manual"},)"
           R"("processes":{"list":[{"name":"p.exe","pid":7,"session":2,"owner":1}]},)"
           R"("sessions":{"list":[{"id":2,"state":"active"}]},)"
           R"("wmi:c":{"rows":[{"Flag":true}]},"file:y":{"missing":"denied","why":"no"})");
  EXPECT_EQ(std::get<CpuidReading>(evidence.At("cpuid:1")).ecx, 0x80000000u);
  EXPECT_EQ(std::get<CpuidReading>(evidence.At("cpuid:1")).edx, 0xFFFFFFFFu);
  EXPECT_EQ(std::get<BytesReading>(evidence.At("smbios:raw")).bytes, std::string("\0\1\2", 3));
  EXPECT_EQ(std::get<NumberReading>(evidence.At("api:n")).number, -4);
  EXPECT_EQ(std::get<TextReading>(evidence.At("file:x")).text, "ä");
  EXPECT_EQ(std::get<KeysReading>(evidence.At("registry:K\\")).keys.size(), 2u);
  EXPECT_EQ(std::get<StateReading>(evidence.At("service:s")).start, "manual");
  EXPECT_EQ(std::get<ProcessesReading>(evidence.At("processes")).list[0].owner, 1);
  EXPECT_EQ(std::get<SessionsReading>(evidence.At("sessions")).list[0].id, 2);
  EXPECT_EQ(std::get<RowsReading>(evidence.At("wmi:c")).rows[0]["Flag"], true);
  EXPECT_EQ(Why(evidence, "file:y"), "denied: no");
  EXPECT_EQ(Why(evidence, "file:nobody-read-this"), "not_gathered: ");
}

TEST(EvidenceTest, MalformedItemsAreFailedReadingsThatSayWhy) {
  const std::string big(2 << 20, 'a');
  Evidence evidence = Read(
      R"("cpuid:1":{"eax":"0x0","ebx":"0x0","ecx":"twelve","edx":"0x0"},"cpuid:2":{"text":"x"},)"
      R"("a":5,"b":{"text":5},"c":{"number":"5"},"d":{"number":1.5},"e":{"base64":"???"},)"
      R"("f":{"keys":"A"},"g":{"keys":[1]},"h":{"list":[5]},"i":{"rows":[1]},"j":{},)"
      R"("k":{"missing":"undetermined"},"l":{"missing":"lost"},"m":{"state":1},)"
      R"("processes":{"list":[{"pid":1}]},"n":{"text":")" +
      big + "\"}");
  for (const char* locator : {"cpuid:1", "cpuid:2", "a", "b", "c", "d", "e", "f", "g", "h", "i",
                              "j", "k", "l", "m", "processes", "n"}) {
    EXPECT_TRUE(Why(evidence, locator).starts_with("failed: ")) << locator;
    EXPECT_GT(Why(evidence, locator).size(), 10u) << locator << " does not say why";
  }
}

TEST(EvidenceTest, LeavesHaveOneNameHoweverTheyAreWritten) {
  Evidence evidence = Read(
      R"("cpuid:0x00000001":{"eax":"0X000306F0","ebx":"0x0","ecx":"0x0","edx":"0x0"},)"
      R"("cpuid:4000000A":{"eax":"0x1","ebx":"0x0","ecx":"0x0","edx":"0x0"},)"
      R"("cpuid:7.0":{"eax":"0x2","ebx":"0x0","ecx":"0x0","edx":"0x0"},)"
      R"("cpuid:0":{"eax":"0x3","ebx":"0x0","ecx":"0x0","edx":"0x0"},"cpuid:1f":{"text":"0x1"},)"
      R"("cpuid:80000001":{"eax":5,"ebx":"0x0","ecx":"0x0","edx":"0x0"})");
  EXPECT_EQ(std::get<CpuidReading>(evidence.At("cpuid:1")).eax, 0x306F0u);
  EXPECT_EQ(std::get<CpuidReading>(evidence.At("cpuid:4000000a")).eax, 1u);
  EXPECT_EQ(std::get<CpuidReading>(evidence.At("cpuid:7")).eax, 2u);
  EXPECT_EQ(std::get<CpuidReading>(evidence.At("cpuid:0")).eax, 3u);
  EXPECT_TRUE(Why(evidence, "cpuid:1f").starts_with("failed: "));
  EXPECT_TRUE(Why(evidence, "cpuid:80000001").starts_with("failed: "));
}

// Windows minds no case, so neither do its recordings, however they are looked at.
TEST(EvidenceTest, SpellingDoesNotMatterOnWindows) {
  Evidence evidence =
      Read(R"("CPUID:0X4000000A":{"eax":"0x1","ebx":"0x0","ecx":"0x0","edx":"0x0"},)"
           R"("Service:brokeragent":{"state":"running"},"SERVICE:wsnm":{"missing":"absent"},)"
           R"("registry:hklm\\Software\\X@y":{"number":1},"SESSIONS":{"list":[]},)"
           R"("path:c:\\X":{"missing":"denied"},"registry:hku\\7\\X@y":{"text":"1"})");
  EXPECT_EQ(std::get<CpuidReading>(evidence.At("cpuid:4000000a")).eax, 1u);
  EXPECT_TRUE(std::holds_alternative<SessionsReading>(evidence.At("sessions")));
  EXPECT_TRUE(evidence.items.contains("registry:HKLM\\SOFTWARE\\X@Y"));
  Look look(evidence);
  EXPECT_EQ(look.Runs("BrokerAgent"), true);
  EXPECT_EQ(look.Runs("WSNM"), false);
  EXPECT_TRUE(look.Closed("path:C:\\x"));
  EXPECT_EQ(TemplateOf("registry:hku\\7\\X@y"), "registry:HKU\\*\\X@y");
  // As recorded, but for the scheme.
  EXPECT_NE(EvidenceToText(evidence).find("\"registry:hklm\\\\Software"), std::string::npos);
}

TEST(EvidenceTest, PathsOfPosixKeepTheirCase) {
  Evidence evidence = Read(R"("file:/etc/A":{"text":"1"},"file:/etc/a":{"text":"2"})");
  EXPECT_EQ(evidence.items.size(), 2u);
  EXPECT_EQ(std::get<TextReading>(evidence.At("file:/etc/a")).text, "2");
}

TEST(EvidenceTest, OnePlaceSpelledTwiceIsOneReadingUnlessItContradictsItself) {
  Evidence evidence =
      Read(R"("service:A":{"state":"running"},"service:a":{"state":"running","start":""},)"
           R"("service:B":{"state":"running"},"service:b":{"state":"stopped"},)"
           R"("cpuid:1":{"eax":"0x1","ebx":"0x0","ecx":"0x0","edx":"0x0"},)"
           R"("cpuid:0x1":{"eax":"0x2","ebx":"0x0","ecx":"0x0","edx":"0x0"})");
  EXPECT_EQ(evidence.items.size(), 3u);
  EXPECT_EQ(Why(evidence, "service:a"), "");
  EXPECT_EQ(Why(evidence, "service:b"), "failed: it is there twice, and not the same");
  EXPECT_EQ(Why(evidence, "cpuid:1"), "failed: it is there twice, and not the same");
}

TEST(EvidenceTest, WhatIsNoEvidenceIsAnErrorThatNamesTheFile) {
  for (const std::string& text :
       {std::string("no json"), std::string("[]"), std::string("{}"),
        std::string(R"({"format":"vdiwatch-evidence/2"})"),
        std::string(R"({"format":"vdiwatch-evidence/1","os":"beos"})"),
        std::string(R"({"format":"vdiwatch-evidence/1"})"),
        std::string(R"({"format":"vdiwatch-evidence/1","os":"linux"})"),
        std::string(R"({"format":"vdiwatch-evidence/1","os":"linux","collected_at":"soon"})"),
        std::string(R"({"format":"vdiwatch-evidence/1","os":"linux",)"
                    R"("collected_at":"2026-11-22T08:00:00Z"})"),
        WithItems("") + std::string(17 << 20, ' ')}) {
    auto evidence = EvidenceFromText(text, "case-17.json");
    ASSERT_FALSE(evidence) << text.substr(0, 80);
    EXPECT_EQ(evidence.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(evidence.error().message.find("case-17.json"), std::string::npos) << text;
    EXPECT_EQ(evidence.error().message.find('\n'), std::string::npos);
  }
}

TEST(EvidenceTest, WritingAndReadingChangesNothing) {
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence) << machine.id;
    std::string text = EvidenceToText(*evidence);
    auto again = EvidenceFromText(text, machine.id);
    ASSERT_TRUE(again) << machine.id << ": " << again.error().message;
    EXPECT_EQ(EvidenceToText(*again), text) << machine.id;
    EXPECT_EQ(again->items.size(), evidence->items.size());
  }
}

TEST(DecisiveReadingsTest, AreAllowedOnTheWireForEveryMachine) {
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence);
    Json readings = DecisiveReadings(*evidence, Interpret(*evidence));
    auto allowed = CheckReadings(readings);
    EXPECT_TRUE(allowed) << machine.id << ": " << allowed.error().message;
  }
}

TEST(DecisiveReadingsTest, ShowWhatDecidedAndNobodysSecrets) {
  Evidence evidence = Read(
      R"("cpuid:1":{"eax":"0x1","ebx":"0x07020800","ecx":"0x80000000","edx":"0x0"},)"
      R"("cpuid:40000000":{"eax":"0x40000000","ebx":"0x61774d56","ecx":"0x4d566572","edx":"0x65726177"},)"
      R"("smbios:system.manufacturer":{"text":"VMware, Inc."},"smbios:system.product":{"text":"V1"},)"
      R"("smbios:system.uuid":{"text":"564d1234"},"smbios:chassis.asset_tag":{"text":"0815-4711"},)"
      R"("file:C:\\Users\\3\\AppData\\Roaming\\Docker\\settings-store.json":)"
      R"({"text":"{\"proxy\":\"secret\"}"},)"
      R"("registry:HKLM\\SOFTWARE\\Unasked@Value":{"text":"not a source"},)"
      R"("imds:azure/instance":{"text":"{\"name\":\"vm-of-anna\"}"})");
  Facts facts = Interpret(evidence);
  for (auto& [key, fact] : facts) {
    fact.sources.push_back("smbios:system.uuid");
    fact.sources.push_back("smbios:chassis.asset_tag");
    fact.sources.push_back("imds:azure/instance");
  }
  Json readings = DecisiveReadings(evidence, facts);
  EXPECT_EQ(readings["smbios:system.manufacturer"], "VMware, Inc.");
  EXPECT_EQ(readings["cpuid:1"], "eax=00000001 ebx=00020800 ecx=80000000 edx=00000000");
  EXPECT_EQ(readings["smbios:system.uuid"], "<not shown>");
  EXPECT_FALSE(readings.contains("registry:HKLM\\SOFTWARE\\Unasked@Value"));
  EXPECT_NE(readings["fact:platform.kind"].get<std::string>().find("cpuid:40000000"),
            std::string::npos);
  for (const char* secret : {"564d1234", "0815", "anna", "secret", "Users\\\\3"}) {
    EXPECT_EQ(readings.dump().find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace vdiwatch::agent
