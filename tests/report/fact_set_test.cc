#include "report/fact_set.h"

#include <gtest/gtest.h>

namespace vdiwatch {
namespace {

Facts Sample() {
  return {{"platform.kind", Known("vmware", {"cpuid:40000000"})},
          {"azure.vm_size", Unknown(Missing::kAbsent)},
          {"memory.total_mib", Known(FactValue(std::int64_t{16384}))},
          {"docker_desktop.instances", Known(FactValue(std::int64_t{1}))}};
}

TEST(FactSet, HoldsConfigurationOnlyAndNoSources) {
  EXPECT_EQ(FactSetText(Sample()),
            R"({"azure.vm_size":{"missing":"absent"},"memory.total_mib":{"value":16384},)"
            R"("platform.kind":{"value":"vmware"}})");
}

TEST(FactSet, DigestDoesNotFollowState) {
  Facts other = Sample();
  other["docker_desktop.instances"] = Known(FactValue(std::int64_t{2}));
  other["platform.kind"].sources = {"smbios:system.product"};
  EXPECT_EQ(FactSetDigest(other), FactSetDigest(Sample()));
  other["platform.kind"] = Known("azure");
  EXPECT_NE(FactSetDigest(other), FactSetDigest(Sample()));
}

TEST(Facts, RoundTripThroughJson) {
  auto read = FactsFromJson(FactsToJson(Sample(), Sources::kInclude));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), Sample().size());
  for (const auto& [key, fact] : Sample()) {
    EXPECT_TRUE(SameAnswer(read->at(key), fact)) << key;
    EXPECT_EQ(read->at(key).sources, fact.sources) << key;
  }
}

TEST(Facts, AreHeldToTheCatalogue) {
  auto message = [](const char* text) {
    auto facts = FactsFromJson(Json::parse(text));
    return facts ? std::string("accepted") : facts.error().message;
  };
  EXPECT_EQ(message(R"({"memory.total_mib":{"value":"much"}})"),
            "fact 'memory.total_mib': expected a whole number");
  EXPECT_EQ(message(R"({"wsl.version":{"value":"new"}})"),
            "fact 'wsl.version': expected a version such as 4.42.0");
  EXPECT_EQ(message(R"({"platform.kind":{}})"),
            "fact 'platform.kind' has neither 'value' nor 'missing'");
  EXPECT_EQ(message(R"({"platform.kind":{"missing":"unknown"}})"),
            "fact 'platform.kind': 'missing' must be a known reason");
  EXPECT_EQ(message(R"({"Bad Key":{"value":1}})"), "'Bad Key' is no fact key");
  EXPECT_EQ(message(R"({"platform.kind":{"value":1.5}})"),
            "fact 'platform.kind': the value must be true, false, a whole number or text");
}

TEST(Facts, FromANewerAgentAreKept) {
  auto facts = FactsFromJson(Json::parse(R"({"gpu.kind":{"value":"virtual"},
                                            "platform.kind":{"value":"a_new_hypervisor"}})"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(FactOf(*facts, "gpu.kind").AsText(), "virtual");
  EXPECT_NE(FactSetText(*facts).find("gpu.kind"), std::string::npos);
}

TEST(FactsFile, NeedsNoDigestAndNoSources) {
  auto facts = FactsFileFromText(R"({"facts":{"platform.kind":{"value":"kvm"}}})", "f.json");
  ASSERT_TRUE(facts);
  EXPECT_EQ(FactOf(*facts, "platform.kind").AsText(), "kvm");
  EXPECT_EQ(FactsFileFromText("[]", "f.json").error().message, "f.json: not a facts file");
  EXPECT_EQ(FactsFileFromText("{}", "f.json").error().message, "f.json: 'facts' is missing");
}

TEST(Fact, NotThereMeansNotGathered) {
  EXPECT_EQ(*FactOf({}, "platform.kind").missing(), Missing::kNotGathered);
  EXPECT_EQ(Describe(FactOf({}, "platform.kind")), "not gathered");
}

}  // namespace
}  // namespace vdiwatch
