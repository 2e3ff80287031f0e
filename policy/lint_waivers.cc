#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "policy/parse.h"
#include "policy/waive.h"

namespace vdiwatch::policy {
namespace {

class WaiverLint {
 public:
  WaiverLint(const PolicySet& set, Time at) : set_(set), at_(at) {
    for (const Pack& pack : set.packs) {
      for (const Rule& rule : pack.rules) {
        rules_.push_back(rule.id);
        if (rule.severity == Severity::kInfo) info_rules_.insert(rule.id);
      }
    }
    for (const PoolSpec& pool : set.pools) pools_.push_back(pool.name);
  }

  std::vector<Diagnostic> Run() {
    for (std::size_t i = 0; i < set_.waivers.size(); ++i) {
      const Waiver& waiver = set_.waivers[i];
      if (waiver.expires.empty()) continue;  // misread, and told so
      // Waivers alone may speak of what other files bring.
      RequireKnown(waiver, waiver.rule_mark, "rule", waiver.rule, rules_);
      RequireKnown(waiver, waiver.pool_mark, "pool", waiver.pool, pools_);
      if (info_rules_.contains(waiver.rule)) {
        Complain(waiver, waiver.rule_mark,
                 fmt::format("'{}' is an info rule, which never counts: there is nothing to excuse",
                             waiver.rule));
      }
      if (at_ >= waiver.ends) {
        Complain(waiver, waiver.expires_mark,
                 fmt::format("the waiver '{}' expired; it held {}", waiver.id, UntilText(waiver)));
        continue;
      }
      if (const Waiver* other = EarlierLike(i)) {
        Complain(waiver, waiver.mark,
                 fmt::format("'{}' and the waiver '{}' in {}:{} excuse the same failure of '{}'",
                             waiver.id, other->id, other->file, other->mark.line, waiver.rule));
      }
    }
    return std::move(findings_);
  }

 private:
  void Complain(const Waiver& waiver, Mark mark, std::string message) {
    findings_.push_back({waiver.file, mark, std::move(message)});
  }

  void RequireKnown(const Waiver& waiver, Mark mark, std::string_view what, const std::string& name,
                    const std::vector<std::string_view>& known) {
    if (name.empty() || known.empty() || std::ranges::find(known, name) != known.end()) return;
    Complain(waiver, mark,
             fmt::format("no file has the {} '{}'{}", what, Printable(name, 80),
                         DidYouMean(name, known)));
  }

  static bool ScopesMeet(const Waiver& a, const Waiver& b) {
    bool pools_meet = a.pool.empty() || b.pool.empty() || a.pool == b.pool;
    if (!a.desktop.empty() && !b.desktop.empty()) return a.desktop == b.desktop && pools_meet;
    return a.pool == b.pool;  // a whole pool, and it or a desktop said to be in it
  }

  static bool TermsMeet(const Waiver& a, const Waiver& b) {
    return (!a.starts || *a.starts < b.ends) && (!b.starts || *b.starts < a.ends);
  }

  const Waiver* EarlierLike(std::size_t index) const {
    const Waiver& waiver = set_.waivers[index];
    for (std::size_t i = 0; i < index; ++i) {
      const Waiver& other = set_.waivers[i];
      bool like = other.rule == waiver.rule && ScopesMeet(other, waiver);
      if (like && at_ < other.ends && TermsMeet(other, waiver)) return &other;
    }
    return nullptr;
  }

  const PolicySet& set_;
  const Time at_;
  std::vector<std::string_view> rules_, pools_;
  std::set<std::string_view> info_rules_;
  std::vector<Diagnostic> findings_;
};

}  // namespace

std::vector<Diagnostic> LintWaivers(const PolicySet& set, Time at) {
  return WaiverLint(set, at).Run();
}

}  // namespace vdiwatch::policy
