#include <gtest/gtest.h>

#include <random>

#include "agent/evidence.h"
#include "agent/facts_table.h"
#include "agent/probe/probe.h"
#include "report/fact_set.h"
#include "tests/agent/corpus.h"

namespace vdiwatch::agent {
namespace {

// Whatever is read, the facts stay within the catalogue and can be sent.
void ExpectSoundFacts(const Evidence& evidence) {
  Facts facts = Interpret(evidence);
  auto checked = FactsFromJson(FactsToJson(facts, Sources::kInclude));
  ASSERT_TRUE(checked) << checked.error().message;
  ASSERT_FALSE(FactsTable(facts).empty());
  (void)DecisiveReadings(evidence, facts);
}

Reading Damaged(const Reading& reading, std::mt19937& random) {
  Reading damaged = reading;
  if (auto* bytes = std::get_if<BytesReading>(&damaged)) {
    if (random() % 2) bytes->bytes.resize(random() % (bytes->bytes.size() + 1));
    for (int i = 0; i < 4 && !bytes->bytes.empty(); ++i) {
      bytes->bytes[random() % bytes->bytes.size()] = static_cast<char>(random());
    }
  } else if (auto* text = std::get_if<TextReading>(&damaged)) {
    text->text.resize(random() % (text->text.size() + 1));
    if (!text->text.empty())
      text->text[random() % text->text.size()] = "\"{}[]=:,0 "[random() % 10];
  } else if (auto* leaf = std::get_if<CpuidReading>(&damaged)) {
    leaf->eax ^= 1u << random() % 32;
    leaf->ebx ^= 1u << random() % 32;
    leaf->ecx ^= 1u << random() % 32;
  } else if (auto* number = std::get_if<NumberReading>(&damaged)) {
    number->number = static_cast<std::int64_t>(random()) << random() % 32;
  }
  return damaged;
}

// Readings of another type, or the reasons why there is none.
Reading Swapped(std::mt19937& random) {
  switch (random() % 6) {
    case 0:
      return TextReading{"garbage"};
    case 1:
      return NumberReading{-1};
    case 2:
      return RowsReading{Json::array()};
    case 3:
      return StateReading{"running", ""};
    case 4:
      return MissingReading{Missing::kDenied, "access denied (5)"};
    default:
      return MissingReading{Missing::kFailed, "broken"};
  }
}

TEST(RobustnessTest, DamagedReadingsGiveSoundFacts) {
  std::mt19937 random(20261122);
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence);
    for (int round = 0; round < 20; ++round) {
      Evidence damaged = *evidence;
      for (auto& [locator, reading] : damaged.items) {
        if (random() % 3 == 0) reading = Damaged(reading, random);
        if (random() % 12 == 0) reading = Swapped(random);
      }
      ExpectSoundFacts(damaged);
      if (HasFatalFailure()) FAIL() << machine.id << ", round " << round;
    }
  }
}

TEST(RobustnessTest, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(4711);
  for (const Machine& machine : Corpus()) {
    for (int round = 0; round < 8; ++round) {
      std::string text = machine.evidence;
      if (round % 4 == 0) text.resize(random() % text.size());
      for (int i = 0; i < round && !text.empty(); ++i) {
        text[random() % text.size()] = static_cast<char>(random());
      }
      auto evidence = EvidenceFromText(text, machine.id);
      if (evidence) {
        ExpectSoundFacts(*evidence);
      } else {
        EXPECT_EQ(evidence.error().kind, ErrorKind::kInvalid);
      }
    }
  }
}

// Without one reading, an answer may vanish, but a guest must not turn into bare metal; unless it
// copies its host's strings, so that this one was all that told.
TEST(RobustnessTest, ALostReadingNeverMakesAGuestBareMetal) {
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence);
    const Facts whole = Interpret(*evidence);
    if (FactOf(whole, "platform.role").AsText() != "guest") continue;
    if (!FactOf(whole, "platform.kind").value()) continue;
    for (const auto& [locator, reading] : evidence->items) {
      Evidence less = *evidence;
      less.items.erase(locator);
      EXPECT_NE(FactOf(Interpret(less), "platform.kind").AsText(), "bare_metal")
          << machine.id << " without " << locator;
    }
  }
}

}  // namespace
}  // namespace vdiwatch::agent
