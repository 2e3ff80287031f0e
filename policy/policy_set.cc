#include "policy/policy_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/digest.h"
#include "base/text.h"
#include "policy/file_name.h"
#include "policy/parse.h"
#include "policy/waive.h"

namespace vdiwatch::policy {
namespace {

struct Place {
  std::string file;
  Mark mark;
};

// Reads documents into one set and remembers where each name was first given.
class Loader {
 public:
  explicit Loader(const std::vector<PolicyFile>& files) : files_(files) {}

  void Read(const PolicyFile& file) {
    if (IsList(file)) return;  // read where a pool asks for it
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
    SortByPlace(loaded_.remarks);
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
    } else if (document.Find("waivers")) {
      for (Waiver& waiver : ParseWaivers(document, context)) AddWaiver(std::move(waiver), context);
    } else {
      std::string hint = document.entries.empty() ? ""
                                                  : DidYouMean(document.entries[0].key.text,
                                                               {"pack", "pools", "waivers"});
      context.Complain(document.mark,
                       "a policy document holds 'pack', 'pools' or 'waivers'" + hint);
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
    if (!pool.members_file.empty()) ReadMembers(pool, context);
    for (auto& [rule, mark] : pool.rules) {
      rule_references_.push_back({rule, {std::string(context.file), mark}});
    }
    for (auto& [mark, message] : pool.remarks) {
      loaded_.remarks.push_back({std::string(context.file), mark, std::move(message)});
    }
    RemarkOnMatch(pool, context);
    loaded_.set.pools.push_back(std::move(pool.spec));
  }

  // The first pool whose match holds has the desktop.
  void RemarkOnMatch(const ParsedPool& pool, const ParseContext& context) {
    if (pool.match_text.empty()) return;
    auto [found, is_new] =
        matches_.emplace(pool.match_text, Place{std::string(context.file), pool.match_mark});
    if (is_new) return;
    const Place& first = found->second;
    loaded_.remarks.push_back(
        {std::string(context.file), pool.match_mark,
         fmt::format("this never chooses: the pool in {}:{} has the same match and comes first",
                     first.file, first.mark.line)});
  }

  static bool IsList(const PolicyFile& file) { return ToLower(file.name).ends_with(".csv"); }

  // The list stands beside the file that names it.
  void ReadMembers(ParsedPool& pool, const ParseContext& context) {
    std::string file(context.file);
    std::string folder = file.substr(0, file.find_last_of("/\\") + 1);  // npos + 1 is 0
    std::vector<std::string_view> lists;
    for (const PolicyFile& list : files_) {
      if (!IsList(list)) continue;
      if (list.name == folder + pool.members_file) {
        pool.spec.expected_hosts =
            ParseMembers(list.text, ParseContext{list.name, context.diagnostics});
        pool.spec.expected_members = std::ssize(pool.spec.expected_hosts);
        return;
      }
      if (list.name.starts_with(folder)) {
        lists.push_back(std::string_view(list.name).substr(folder.size()));
      }
    }
    context.Complain(
        pool.members_mark,
        fmt::format("there is no list '{}' among the files beside this one{}",
                    Printable(pool.members_file, 80), DidYouMean(pool.members_file, lists)));
  }

  void AddWaiver(Waiver waiver, const ParseContext& context) {
    RequireNew(waivers_, "waiver", waiver.id, waiver.mark, context);
    loaded_.set.waivers.push_back(std::move(waiver));
  }

  // Pools alone speak of the built-in pack's rules: without any pack there is nothing to judge by.
  void CheckRuleThresholds() {
    if (rule_references_.empty()) return;
    const bool alone = loaded_.set.packs.empty();
    const PolicySet built_in = alone ? LoadPolicy({BuiltInPack()}).set : PolicySet();
    const PolicySet& known = alone ? built_in : loaded_.set;
    std::vector<std::string_view> ids;
    for (const Pack& pack : known.packs) {
      for (const Rule& rule : pack.rules) ids.push_back(rule.id);
    }
    for (const auto& [id, place] : rule_references_) {
      const Rule* rule = known.FindRule(id);
      if (!rule) {
        loaded_.diagnostics.push_back(
            {place.file, place.mark,
             fmt::format("unknown rule '{}'{}", Printable(id, 80), DidYouMean(id, ids))});
      } else if (rule->severity == Severity::kInfo) {
        loaded_.remarks.push_back(
            {place.file, place.mark, fmt::format("'{}' is an info rule, which never counts", id)});
      }
    }
  }

  const std::vector<PolicyFile>& files_;
  LoadedPolicy loaded_;
  std::map<std::string, Place> packs_, rules_, pools_, waivers_, matches_;
  std::vector<std::pair<std::string, Place>> rule_references_;
};

// The same files are the same policy, wherever they stand and in whatever order they come.
std::string DigestOf(const std::vector<PolicyFile>& files) {
  std::vector<std::pair<std::string_view, std::string_view>> sorted;
  for (const auto& file : files) sorted.emplace_back(BaseName(file.name), file.text);
  std::ranges::sort(sorted);
  std::string all;
  for (const auto& [name, text] : sorted) {
    all += fmt::format("{} {}\n{}{}", name.size(), text.size(), name, text);
  }
  return DigestText(all);
}

}  // namespace

std::string_view BaseName(std::string_view name) {
  return name.substr(name.find_last_of("/\\") + 1);  // npos + 1 is 0
}

const PoolSpec& PolicySet::PoolNamed(std::string_view name) const {
  static const PoolSpec kDefaults;
  auto found = std::ranges::find(pools, name, &PoolSpec::name);
  return found == pools.end() ? kDefaults : *found;
}

bool PolicySet::MatchesPools() const {
  return std::ranges::any_of(pools, [](const PoolSpec& pool) { return pool.match.has_value(); });
}

const Rule* PolicySet::FindRule(std::string_view id) const {
  for (const Pack& pack : packs) {
    auto found = std::ranges::find(pack.rules, id, &Rule::id);
    if (found != pack.rules.end()) return &*found;
  }
  return nullptr;
}

LoadedPolicy LoadPolicy(const std::vector<PolicyFile>& files) {
  Loader loader(files);
  for (const auto& file : files) loader.Read(file);
  return loader.Finish(DigestOf(files));
}

std::vector<Diagnostic> LintPolicy(const LoadedPolicy& loaded, Time at) {
  std::vector<Diagnostic> findings = loaded.diagnostics;
  std::ranges::copy(loaded.remarks, std::back_inserter(findings));
  std::ranges::move(LintWaivers(loaded.set, at), std::back_inserter(findings));
  SortByPlace(findings);
  return findings;
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

Result<PolicySet> RequireRules(LoadedPolicy loaded) {
  ASSIGN_OR_RETURN(PolicySet set, RequireGood(std::move(loaded)));
  if (set.packs.empty()) return Invalid("no policy file has a pack: there would be no rule at all");
  return set;
}

}  // namespace vdiwatch::policy
