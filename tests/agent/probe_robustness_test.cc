#include <gtest/gtest.h>

#include <ctime>
#include <random>

#include "agent/evidence.h"
#include "agent/facts_table.h"
#include "agent/gather/plan.h"
#include "agent/probe/probe.h"
#include "base/text.h"
#include "report/fact_set.h"
#include "report/messages.h"
#include "tests/agent/corpus.h"

namespace vdiwatch::agent {
namespace {

// Whatever is read, the facts stay within the catalogue and can be sent.
void ExpectSoundFacts(const Evidence& evidence) {
  Facts facts = Interpret(evidence);
  auto checked = FactsFromJson(FactsToJson(facts, Sources::kInclude));
  ASSERT_TRUE(checked) << checked.error().message;
  ASSERT_FALSE(FactsTable(facts, evidence).empty());
  auto readings = CheckReadings(DecisiveReadings(evidence, facts));
  ASSERT_TRUE(readings) << readings.error().message;
}

// Values as WMI might hand them out, of the wrong type as often as not.
Json AnyValue(std::mt19937& random) {
  switch (random() % 6) {
    case 0:
      return nullptr;
    case 1:
      return static_cast<std::int64_t>(random()) - (1LL << 31);
    case 2:
      return random() % 2 == 0;
    case 3:
      return Json::array({1, "x", nullptr});
    case 4:
      return std::string(random() % 3000, '\xff');
    default:
      return Json::object({{"a", Json::object({{"b", 1.5}})}});
  }
}

void DamageRows(Json& rows, std::mt19937& random) {
  for (Json& row : rows) {
    for (auto& [name, value] : row.items()) {
      if (random() % 2) value = AnyValue(random);
    }
  }
  if (random() % 4 == 0) rows.push_back(Json::object());
}

void DamageProcesses(ProcessesReading& processes, std::mt19937& random) {
  for (ProcessEntry& entry : processes.list) {
    entry.owner = static_cast<std::int64_t>(random()) - (1LL << 31);
    entry.session = static_cast<std::int64_t>(random()) << 31;
    if (random() % 4 == 0) entry.name.assign(random() % 600, '\xe2');
  }
  for (std::size_t i = random() % 50; i > 0 && !processes.list.empty(); --i) {
    processes.list.push_back(processes.list.front());
  }
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
    leaf->edx ^= 1u << random() % 32;
  } else if (auto* rows = std::get_if<RowsReading>(&damaged)) {
    DamageRows(rows->rows, random);
  } else if (auto* processes = std::get_if<ProcessesReading>(&damaged)) {
    DamageProcesses(*processes, random);
  } else if (auto* state = std::get_if<StateReading>(&damaged)) {
    (random() % 2 ? state->state : state->start).assign(random() % 600, '\xc3');
  } else if (auto* keys = std::get_if<KeysReading>(&damaged)) {
    keys->keys.insert(keys->keys.end(), random() % 40, std::string(random() % 600, '{'));
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

// Texts that are no text of the place they stand in, in each place that the plan names.
TEST(RobustnessTest, AnyTextInAnyPlaceGivesSoundFacts) {
  const std::string texts[] = {
      "",
      std::string(1 << 16, '9'),
      std::string(1 << 16, '['),
      std::string("\0\xff\xfe", 3),
      "{\"WslEngineEnabled\":1e999,\"wslEngineEnabled\":[]}",
      R"({"allowedOrgs":{"a":[null]}})",
      "[Personality]\r\n=\r\n$DiskMode\r\n$DiskMode=\r\n",
      "MemTotal: 99999999999999999999 kB\nMemTotal: -1 kB",
      "processor\t:\n:\nflags\n",
      "NAME=\nVERSION_ID='\nPRETTY_NAME=\"",
      R"({"compute":{"vmSize":7,"securityProfile":"x"}})",
  };
  for (const char* os : {"windows", "linux"}) {
    for (const std::string& text : texts) {
      Evidence evidence;
      evidence.os = os;
      for (const PlanItem& item : Plan()) {
        std::string locator(item.locator);
        if (auto star = locator.find('*'); star != locator.npos) locator.replace(star, 1, "1");
        evidence.items[locator] = TextReading{text};
      }
      ExpectSoundFacts(evidence);
      if (HasFatalFailure()) FAIL() << os << ": " << Printable(text, 60);
    }
  }
}

// The largest file that is accepted, all of it of one family of readings.
TEST(RobustnessTest, TheMostItemsAreInterpretedInTime) {
  constexpr int kMostItems = 19'000;
  for (std::string_view family :
       {"registry:HKU\\{}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop@"
        "DisplayVersion",
        "registry:HKU\\S-1\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\{}@Version",
        "file:C:\\Users\\{}\\AppData\\Roaming\\Docker\\settings-store.json", "cpuid:40000{}"}) {
    Evidence evidence;
    evidence.os = "windows";
    const std::size_t at = family.find("{}");
    for (int i = 0; i < kMostItems; ++i) {
      std::string locator(family);
      evidence.items[locator.replace(at, 2, std::to_string(i))] = TextReading{"{\"a\":1}"};
    }
    const std::clock_t start = std::clock();  // of this program: the machine may be busy
    ExpectSoundFacts(evidence);
    EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 30) << family;
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
