#include "policy/policy_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/text.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

struct Place {
  std::string file;
  Mark mark;
};

// Reads documents into one set and remembers where each name was first given.
class Loader {
 public:
  void Read(const PolicyFile& file) {
    ParseContext context{file.name, loaded_.diagnostics};
    auto before = loaded_.diagnostics.size();
    auto documents = ParseYaml(file.text, file.name, loaded_.diagnostics);
    if (documents.empty() && loaded_.diagnostics.size() == before) {
      context.Complain({1, 1}, "the file holds no policy");
    }
    for (const Yaml& document : documents) ReadDocument(document, context);
    KeepReadable(before, context);
  }

  LoadedPolicy Finish(std::string digest) {
    CheckRuleThresholds();
    SortByPlace(loaded_.diagnostics);
    loaded_.set.digest = std::move(digest);
    return std::move(loaded_);
  }

 private:
  // A file of nothing but mistakes ends somewhere.
  void KeepReadable(std::size_t before, const ParseContext& context) {
    constexpr std::size_t kMaxMistakes = 200;
    auto& all = loaded_.diagnostics;
    if (all.size() - before <= kMaxMistakes) return;
    SortByPlace(std::span(all).subspan(before));
    all.resize(before + kMaxMistakes);
    context.Complain(all.back().mark, "too many mistakes; the rest is not shown");
  }

  void ReadDocument(const Yaml& document, const ParseContext& context) {
    if (document.Find("pack")) {
      AddPack(ParsePack(document, context), document.Find("pack")->mark, context);
    } else if (document.Find("pools")) {
      for (ParsedPool& pool : ParsePools(document, context)) AddPool(std::move(pool), context);
    } else {
      bool has_key = !document.entries.empty();
      context.Complain(
          document.mark,
          "a policy document holds 'pack' or 'pools'" +
              (has_key ? DidYouMean(document.entries[0].key.text, {"pack", "pools"}) : ""));
    }
  }

  // Says where a name was used before, if it was.
  void RequireNew(std::map<std::string, Place>& seen, std::string_view what,
                  const std::string& name, Mark mark, const ParseContext& context) {
    if (name.empty()) return;
    auto [found, is_new] = seen.emplace(name, Place{std::string(context.file), mark});
    if (is_new) return;
    const Place& first = found->second;
    context.Complain(mark, fmt::format("the {} '{}' is already in {}:{}", what, Printable(name, 80),
                                       first.file, first.mark.line));
  }

  void AddPack(Pack pack, Mark mark, const ParseContext& context) {
    RequireNew(packs_, "pack", pack.name, mark, context);
    for (const Rule& rule : pack.rules) {
      RequireNew(rules_, "rule", rule.id, rule.mark, context);
    }
    loaded_.set.packs.push_back(std::move(pack));
  }

  void AddPool(ParsedPool pool, const ParseContext& context) {
    RequireNew(pools_, "pool", pool.spec.name, pool.mark, context);
    for (auto& [rule, mark] : pool.rules) {
      rule_references_.push_back({rule, {std::string(context.file), mark}});
    }
    loaded_.set.pools.push_back(std::move(pool.spec));
  }

  // A file of pools alone may speak of rules that another file brings.
  void CheckRuleThresholds() {
    if (loaded_.set.packs.empty()) return;
    std::vector<std::string_view> ids;
    for (const auto& [id, place] : rules_) ids.push_back(id);
    for (const auto& [rule, place] : rule_references_) {
      if (rules_.contains(rule)) continue;
      loaded_.diagnostics.push_back(
          {place.file, place.mark,
           fmt::format("unknown rule '{}'{}", Printable(rule, 80), DidYouMean(rule, ids))});
    }
  }

  LoadedPolicy loaded_;
  std::map<std::string, Place> packs_, rules_, pools_;
  std::vector<std::pair<std::string, Place>> rule_references_;
};

std::string DigestOf(const std::vector<PolicyFile>& files) {
  std::vector<const PolicyFile*> sorted;
  for (const auto& file : files) sorted.push_back(&file);
  std::ranges::stable_sort(sorted, {}, [](const PolicyFile* file) { return file->name; });
  std::string all;
  for (const auto* file : sorted) {
    all += fmt::format("{} {}\n{}", file->name.size(), file->text.size(), file->name) + file->text;
  }
  return DigestText(all);
}

}  // namespace

const PoolSpec& PolicySet::PoolNamed(std::string_view name) const {
  static const PoolSpec kDefaults;
  auto found = std::ranges::find(pools, name, &PoolSpec::name);
  return found == pools.end() ? kDefaults : *found;
}

const Rule* PolicySet::FindRule(std::string_view id) const {
  for (const Pack& pack : packs) {
    auto found = std::ranges::find(pack.rules, id, &Rule::id);
    if (found != pack.rules.end()) return &*found;
  }
  return nullptr;
}

LoadedPolicy LoadPolicy(const std::vector<PolicyFile>& files) {
  Loader loader;
  for (const auto& file : files) loader.Read(file);
  return loader.Finish(DigestOf(files));
}

Result<PolicySet> RequireGood(LoadedPolicy loaded) {
  if (loaded.diagnostics.empty()) return std::move(loaded.set);
  std::string lines;
  for (const auto& diagnostic : loaded.diagnostics) {
    if (!lines.empty()) lines += '\n';
    lines += ToString(diagnostic);
  }
  return Invalid(std::move(lines));
}

}  // namespace vdiwatch::policy
