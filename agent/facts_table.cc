#include "agent/facts_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "agent/places.h"
#include "agent/probe/look.h"
#include "agent/probe/smbios.h"
#include "base/text.h"
#include "report/catalogue.h"

namespace vdiwatch::agent {
namespace {

// A terminal's width; what does not fit goes on below itself, in its column.
constexpr std::size_t kTerminal = 80;
constexpr std::size_t kFactWidth = 32, kValueWidth = 21, kGap = 2;
constexpr std::size_t kWhereAt = kFactWidth + kValueWidth + 2 * kGap;
constexpr std::size_t kWhereWidth = kTerminal - kWhereAt;

std::string Padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, Columns(text)), ' ');
}

// What became of the places that a fact rests on.
struct Looked {
  std::vector<std::string> there, denied, failed, all;
};

// The readings by the names that facts give them: users' are one.
using Places = std::multimap<std::string, const Reading*, LocatorLess>;

Looked LookUp(const Fact& fact, const Places& places) {
  Looked looked{.there = {}, .denied = {}, .failed = {}, .all = fact.sources};
  for (const std::string& source : fact.sources) {
    auto [first, last] = places.equal_range(source);
    bool there = false, denied = false, failed = false;
    for (auto place = first; place != last; ++place) {
      const auto* missing = std::get_if<MissingReading>(place->second);
      there = there || !missing;
      denied = denied || (missing && missing->why == Missing::kDenied);
      failed = failed || (missing && missing->why == Missing::kFailed);
    }
    if (there) looked.there.push_back(source);
    if (denied) looked.denied.push_back(source);
    if (failed) looked.failed.push_back(source);
  }
  return looked;
}

std::string MissingText(Missing missing, const Looked& looked) {
  switch (missing) {
    case Missing::kAbsent:
      // Where nobody looked, because another fact has answered: no pool without a broker.
      return looked.all.empty() ? "- (does not apply)" : "- (not there)";
    case Missing::kDenied:
      return "? (access denied)";
    case Missing::kFailed:
      return "? (could not be read)";
    case Missing::kNotGathered:
      return looked.all.empty() ? "? (not looked at)" : "? (partly looked at)";
    case Missing::kUndetermined:
      return "? (does not decide)";
  }
  return "?";
}

std::string ValueText(std::string_view key, const Fact& fact, const Looked& looked) {
  if (const Missing* missing = fact.missing()) return MissingText(*missing, looked);
  if (auto flag = fact.AsBool()) return *flag ? "yes" : "no";
  const FactSpec* spec = FindFact(key);
  std::string text = Describe(fact);
  return spec && !spec->unit.empty() ? fmt::format("{} {}", text, spec->unit) : text;
}

// The places in words, in the order in which they were looked at, each once: those that gave the
// answer, or the trouble; sorts of places where there was nothing at all.
std::vector<std::string> WhereWords(const Fact& fact, const Looked& looked) {
  constexpr std::size_t kWithComma = kWhereWidth - 1, kMostNames = 6;
  // Which system it is, the agent knows by itself.
  if (fact.value() && looked.all.empty()) return {"operating system"};
  const Missing* missing = fact.missing();
  const auto* named = &looked.there;
  if (missing && *missing == Missing::kDenied) named = &looked.denied;
  if (missing && *missing == Missing::kFailed && !looked.failed.empty()) named = &looked.failed;
  const auto to_words = named->empty() ? PlaceKind : PlaceName;
  std::vector<std::string> words;
  for (const std::string& source : named->empty() ? looked.all : *named) {
    std::string word = to_words(source, kWithComma);
    if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  }
  if (words.size() > kMostNames) {
    words.resize(kMostNames - 1);
    words.push_back("and more");
  }
  return words;
}

// In lines that fit the column, comma-separated; never empty.
std::vector<std::string> WhereLines(const std::vector<std::string>& words, std::string first) {
  std::vector<std::string> lines = {std::move(first)};
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i] + (i + 1 < words.size() ? "," : "");
    std::string& line = lines.back();
    if (!line.empty() && Columns(line) + 1 + Columns(word) > kWhereWidth) {
      lines.push_back(word);
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return lines;
}

// "KVMKVMKVM", "Microsoft Hv": what the hypervisor calls itself.
std::string SignatureText(const CpuidReading& leaf) {
  std::string text;
  for (std::uint32_t word : {leaf.ebx, leaf.ecx, leaf.edx}) {
    for (int shift = 0; shift < 32; shift += 8) {
      if (char c = static_cast<char>(word >> shift & 0xFF)) text += c;
    }
  }
  bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return plain && !text.empty() ? text : "no known name";
}

// What one reading says, as far as that is for people; empty if it is not.
std::string Saying(const std::string& source, const Places& places, const Json& readings) {
  auto place = places.find(source);
  if (place == places.end()) return "";
  if (const auto* leaf = std::get_if<CpuidReading>(place->second)) {
    if (source == "cpuid:1") {
      return (leaf->ecx >> 31) != 0 ? "a hypervisor is there" : "no hypervisor";
    }
    return source.starts_with("cpuid:400") && source.ends_with("00") ? SignatureText(*leaf) : "";
  }
  auto text = readings.find(source);
  bool shown = text != readings.end() && text->is_string() && !text->get<std::string>().empty();
  return shown ? text->get<std::string>() : "says nothing";
}

// Lines below a fact whose readings do not agree, or might not: what each of them says.
std::string Sayings(const Looked& looked, const Places& places, const Json& readings) {
  constexpr std::size_t kIndent = 4, kPlaceWidth = kFactWidth - 4;
  std::string text;
  for (const std::string& source : looked.there) {
    std::string saying = Saying(source, places, readings);
    if (saying.empty() || saying.starts_with('<')) continue;
    text += std::string(kIndent, ' ') + Padded(PlaceName(source, kPlaceWidth), kPlaceWidth + kGap) +
            FitColumns("says: " + saying, kTerminal - kIndent - kPlaceWidth - kGap) + "\n";
  }
  return text;
}

// A value that is longer than its column leaves the places to the lines below.
std::string RowText(const std::string& fact, const std::string& value,
                    const std::vector<std::string>& where) {
  std::string text = Padded(fact, kFactWidth + kGap) + value;
  bool fits = Columns(value) <= kValueWidth;
  for (std::size_t i = 0; i < where.size(); ++i) {
    if (where[i].empty()) continue;
    if (i == 0 && fits) {
      text = Padded(text, kWhereAt) + where[i];
    } else {
      text += "\n" + std::string(kWhereAt, ' ') + where[i];
    }
  }
  return text + "\n";
}

std::string FactRow(std::string_view key, const Fact& fact, const Looked& looked) {
  constexpr std::size_t kLongestValue = kTerminal - kFactWidth - kGap;
  bool nothing = fact.value() && looked.there.empty() && !looked.all.empty();
  return RowText(std::string(key),
                 FitColumns(Printable(ValueText(key, fact, looked)), kLongestValue),
                 WhereLines(WhereWords(fact, looked), nothing ? "nothing in" : ""));
}

// Whether the readings may contradict each other. For the platform they are always shown: those of
// the processor and of the firmware are often at odds, and one of them is believed.
bool ShowsSayings(std::string_view key, const Fact& fact) {
  return key == "platform.kind" || (fact.missing() && *fact.missing() == Missing::kUndetermined);
}

}  // namespace

std::string FactsTable(const Facts& facts, const Evidence& evidence) {
  const Evidence decoded = WithDecodedSmbios(evidence);
  const Json readings = DecisiveReadings(evidence, facts);
  Places places;
  for (const auto& [name, reading] : decoded.items) places.emplace(TemplateOf(name), &reading);
  std::string text = RowText("FACT", "VALUE", {"WHERE IT WAS READ"});
  std::string last_sayings;
  // In the catalogue's order, which goes from the machine to the product.
  for (const FactSpec& spec : Catalogue()) {
    auto found = facts.find(spec.key);
    if (found == facts.end()) continue;
    const Looked looked = LookUp(found->second, places);
    text += FactRow(spec.key, found->second, looked);
    if (!ShowsSayings(spec.key, found->second)) continue;
    // Several facts may hang on the same question: it is shown once.
    std::string sayings = Sayings(looked, places, readings);
    if (sayings != last_sayings) text += sayings;
    last_sayings = std::move(sayings);
  }
  return text + "\nThe exact places: vdiwatch-agent facts --json\n";
}

}  // namespace vdiwatch::agent
