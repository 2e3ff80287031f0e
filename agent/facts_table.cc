#include "agent/facts_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "report/catalogue.h"

namespace vdiwatch::agent {
namespace {

// A terminal's width; what does not fit goes on below itself, in its column.
constexpr std::size_t kColumns = 80;
constexpr std::size_t kFactWidth = 32, kValueWidth = 21, kGap = 2;
constexpr std::size_t kWhereAt = kFactWidth + kValueWidth + 2 * kGap;
constexpr std::size_t kWhereWidth = kColumns - kWhereAt;

// How many columns a terminal needs: continuation bytes of UTF-8 take none.
std::size_t Width(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

std::string Padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, Width(text)), ' ');
}

std::string ValueText(std::string_view key, const Fact& fact) {
  if (const Missing* missing = fact.missing()) {
    switch (*missing) {
      case Missing::kAbsent:
        return "- (not there)";
      case Missing::kDenied:
        return "? (access denied)";
      case Missing::kFailed:
        return "? (could not be read)";
      case Missing::kNotGathered:
        return "? (not looked at)";
      case Missing::kUndetermined:
        return "? (does not decide)";
    }
  }
  if (auto flag = fact.AsBool()) return *flag ? "yes" : "no";
  const FactSpec* spec = FindFact(key);
  std::string text = Describe(fact);
  return spec && !spec->unit.empty() ? fmt::format("{} {}", text, spec->unit) : text;
}

// The path, or its last step where it is long.
std::string Place(std::string_view path) {
  if (path.starts_with("/proc/") || path.starts_with("/sys/")) return "kernel";
  constexpr std::size_t kWithComma = kWhereWidth - 1;
  path = path.substr(0, path.find('#'));
  if (path.size() > kWithComma) path.remove_prefix(path.find_last_of("\\/") + 1);
  return std::string(path.substr(0, kWithComma));
}

// A locator in the words of people.
std::string Words(std::string_view locator) {
  std::size_t colon = std::min(locator.find(':'), locator.size());
  std::string_view scheme = locator.substr(0, colon);
  std::string name(locator.substr(std::min(colon + 1, locator.size())));
  if (scheme == "cpuid") return "processor";
  if (scheme == "smbios") return "firmware";
  if (scheme == "registry") return name.starts_with("HKU") ? "users' registry" : "registry";
  if (scheme == "service") return "services";
  if (scheme == "feature") return "Windows features";
  if (scheme == "package") return "package " + name;
  if (scheme == "wmi") return "WMI";
  if (scheme == "imds") return "Azure metadata";
  if (scheme == "processes") return "running programs";
  if (scheme == "api") return "operating system";
  return scheme == "file" || scheme == "path" ? Place(name) : std::string(locator);
}

// The places in the order in which they were looked at, each once, comma-separated, in lines that
// fit the column; never empty.
std::vector<std::string> WhereLines(const Fact& fact) {
  std::vector<std::string> words;
  for (const std::string& source : fact.sources) {
    std::string word = Words(source);
    if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  }
  std::vector<std::string> lines = {""};
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i] + (i + 1 < words.size() ? "," : "");
    std::string& line = lines.back();
    if (!line.empty() && Width(line) + 1 + Width(word) > kWhereWidth) {
      lines.push_back(word);
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return lines;
}

// A value that is longer than its column leaves the places to the lines below.
std::string RowText(const std::string& fact, const std::string& value,
                    const std::vector<std::string>& where) {
  std::string text = Padded(fact, kFactWidth + kGap) + value;
  bool fits = Width(value) <= kValueWidth;
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

}  // namespace

std::string FactsTable(const Facts& facts) {
  constexpr std::size_t kLongestValue = kColumns - kFactWidth - kGap;
  std::string text = RowText("FACT", "VALUE", {"WHERE IT WAS READ"});
  // In the catalogue's order, which goes from the machine to the product.
  for (const FactSpec& spec : Catalogue()) {
    auto found = facts.find(spec.key);
    if (found == facts.end()) continue;
    text += RowText(found->first, Printable(ValueText(spec.key, found->second), kLongestValue),
                    WhereLines(found->second));
  }
  return text + "\nThe exact places: vdiwatch-agent facts --json\n";
}

}  // namespace vdiwatch::agent
