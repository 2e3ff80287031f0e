#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "agent/evidence.h"
#include "agent/probe/probe.h"
#include "tests/agent/corpus.h"

namespace vdiwatch::agent {
namespace {

// Evidence that says less may leave a question open, or stay with "some virtual machine"; it must
// never name another platform.
struct Truth {
  std::string id;
  Evidence evidence;
  std::set<std::string> kinds;  // that may be named
  std::string role;             // empty if not known
};

Truth TruthOf(const Machine& machine) {
  auto evidence = EvidenceFromText(machine.evidence, machine.id);
  EXPECT_TRUE(evidence) << machine.id;
  Truth truth{machine.id, evidence ? *evidence : Evidence(), {}, ""};
  const Facts whole = Interpret(truth.evidence);
  if (auto kind = FactOf(whole, "platform.kind").AsText()) truth.kinds.emplace(*kind);
  for (const Json& kind : machine.expect.value("platform.kind", Json::array())) {
    truth.kinds.insert(kind.get<std::string>());
  }
  if (auto role = FactOf(whole, "platform.role").AsText()) truth.role = *role;
  for (std::string_view missing : {"missing", "undetermined", "not_gathered", "denied", "failed"}) {
    truth.kinds.erase(std::string(missing));
  }
  if (truth.kinds.empty()) return truth;
  if (!truth.kinds.contains("bare_metal")) truth.kinds.insert("other_vm");
  // Less precise names of the same thing.
  if (truth.kinds.contains("xen_server") || truth.kinds.contains("aws_xen")) {
    truth.kinds.insert("xen");
  }
  // Xen's own host, and what is beneath it, show the processor that its guests see.
  if (machine.id.starts_with("lin-xen-dom0") || machine.id == "lin-xen-in-azure") {
    truth.kinds.insert("xen");
    truth.role.clear();
  }
  if (truth.kinds.contains("kvm")) truth.kinds.insert("qemu");
  return truth;
}

// Machines of which anybody knows what they run on.
const std::vector<Truth>& Truths() {
  static const auto* const kTruths = [] {
    auto* truths = new std::vector<Truth>();
    for (const Machine& machine : Corpus()) {
      Truth truth = TruthOf(machine);
      if (!truth.kinds.empty()) truths->push_back(std::move(truth));
    }
    return truths;
  }();
  return *kTruths;
}

bool Decides(std::string_view locator) {
  return !locator.starts_with("file:C:") && !locator.starts_with("registry:HKU") &&
         !locator.starts_with("feature:") && locator != "processes";
}

std::vector<std::string> DecidingLocators(const Evidence& evidence) {
  std::vector<std::string> locators;
  for (const auto& [locator, reading] : evidence.items) {
    if (Decides(locator)) locators.push_back(locator);
  }
  return locators;
}

void ExpectNothingElse(const Truth& truth, const Evidence& thin, std::string_view how) {
  const Facts facts = Interpret(thin);
  auto kind = FactOf(facts, "platform.kind").AsText();
  auto role = FactOf(facts, "platform.role").AsText();
  EXPECT_TRUE(!kind || truth.kinds.contains(std::string(*kind)))
      << truth.id << " " << how << " becomes " << *kind;
  EXPECT_TRUE(!role || truth.role.empty() || *role == truth.role)
      << truth.id << " " << how << " becomes a " << *role;
}

Evidence With(const Evidence& whole, const std::vector<std::string>& locators) {
  Evidence thin = whole;
  thin.items.clear();
  for (const std::string& locator : locators) thin.items[locator] = whole.items.at(locator);
  return thin;
}

TEST(ThinEvidenceTest, OneOrTwoReadingsNeverNameAnotherPlatform) {
  std::mt19937 random(20261126);
  for (const Truth& truth : Truths()) {
    auto locators = DecidingLocators(truth.evidence);
    for (const std::string& one : locators) {
      ExpectNothingElse(truth, With(truth.evidence, {one}), "with only " + one);
      for (int i = 0; i < 3; ++i) {
        const std::string& two = locators[random() % locators.size()];
        ExpectNothingElse(truth, With(truth.evidence, {one, two}),
                          "with only " + one + " and " + two);
      }
    }
  }
}

TEST(ThinEvidenceTest, OneSourceAloneNeverNamesAnotherPlatform) {
  for (const Truth& truth : Truths()) {
    for (const char* scheme : {"cpuid:", "smbios:", "smbios:system.", "smbios:b", "smbios:c"}) {
      Evidence thin = truth.evidence;
      std::erase_if(thin.items, [&](const auto& i) { return !i.first.starts_with(scheme); });
      ExpectNothingElse(truth, thin, std::string("with only ") + scheme);
      Evidence rest = truth.evidence;
      std::erase_if(rest.items, [&](const auto& i) { return i.first.starts_with(scheme); });
      ExpectNothingElse(truth, rest, std::string("without ") + scheme);
    }
  }
}

// Not gathered, denied and failed alike.
Reading Lost(std::mt19937& random) {
  constexpr Missing kReasons[] = {Missing::kNotGathered, Missing::kDenied, Missing::kFailed};
  return MissingReading{kReasons[random() % 3], "lost in a test"};
}

TEST(ThinEvidenceTest, LostReadingsNeverNameAnotherPlatform) {
  std::mt19937 random(20261125);
  for (const Truth& truth : Truths()) {
    auto locators = DecidingLocators(truth.evidence);
    for (int round = 0; round < 16; ++round) {
      Evidence thin = truth.evidence;
      std::string how = "without";
      for (const std::string& locator : locators) {
        if (random() % 4 < static_cast<unsigned>(round % 4)) continue;
        thin.items[locator] = Lost(random);
        how += " " + locator;
      }
      ExpectNothingElse(truth, thin, how);
    }
  }
}

TEST(ThinEvidenceTest, ABrokenTableNeverNamesAnotherPlatform) {
  for (const Truth& truth : Truths()) {
    const auto* raw = std::get_if<BytesReading>(&truth.evidence.At("smbios:raw"));
    if (!raw) continue;
    const std::size_t step = 1 + raw->bytes.size() / 200;
    for (std::size_t size = 0; size < raw->bytes.size(); size += step) {
      Evidence thin = truth.evidence;
      std::erase_if(thin.items, [](const auto& i) { return i.first.starts_with("smbios:"); });
      thin.items["smbios:raw"] = BytesReading{raw->bytes.substr(0, size)};
      ExpectNothingElse(truth, thin, "with " + std::to_string(size) + " bytes of its table");
    }
  }
}

// A place that was closed to the agent may cost an answer, but does not turn it into another one.
TEST(ThinEvidenceTest, ADeniedReadingNeverTurnsAnAnswer) {
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence);
    const Facts whole = Interpret(*evidence);
    for (const auto& [locator, reading] : evidence->items) {
      if (locator.starts_with("config:")) continue;  // the agent's own settings are open to it
      Evidence thin = *evidence;
      thin.items[locator] = MissingReading{Missing::kDenied, "access denied"};
      for (const auto& [key, fact] : Interpret(thin)) {
        // The kind has its own tests above; a build without its revision is the same build.
        if (key == "platform.kind" || key == "os.build") continue;
        if (key == "vdi.contradicted_settings") continue;  // a list: it loses an entry
        bool same =
            !fact.value() || !FactOf(whole, key).value() || SameAnswer(fact, FactOf(whole, key));
        EXPECT_TRUE(same) << machine.id << " without " << locator << ": " << key << " is "
                          << Describe(fact) << " instead of " << Describe(FactOf(whole, key));
      }
    }
  }
}

}  // namespace
}  // namespace vdiwatch::agent
