#include "collector/store/sql_desktops.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_page.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

struct Verdict {
  Grade grade;
  std::string text;
  std::string policy;  // digest of the set behind it
};

// Of the profiles of these desktops, by their raw digests.
Result<std::unordered_map<std::string, Verdict>> FindVerdicts(
    Connection& db, const std::vector<Desktop>& desktops) {
  std::unordered_set<std::string_view> profiles;
  for (const auto& desktop : desktops) profiles.insert(desktop.profile);
  profiles.erase("");
  std::vector<Blob> wanted;
  for (std::string_view digest : profiles) wanted.push_back({digest});
  auto read = [](Row& row) {
    std::string digest = row.Text();
    Grade grade = GradeOfColumn(row.Integer());
    std::string text = row.Text();
    return std::pair(std::move(digest), Verdict{grade, std::move(text), DigestOfRaw(row.Text())});
  };
  ASSIGN_OR_RETURN(auto found,
                   db.AllIn("SELECT p.digest, v.grade, v.verdict, s.digest FROM profile p "
                            "JOIN profile_verdict v ON v.profile_id = p.id "
                            "JOIN policy_set s ON s.id = v.policy_id WHERE p.digest = ?1",
                            read, wanted));
  return std::unordered_map<std::string, Verdict>(std::make_move_iterator(found.begin()),
                                                  std::make_move_iterator(found.end()));
}

Result<std::unordered_map<std::int64_t, std::string>> FindPoolNames(
    Connection& db, const std::vector<Desktop>& desktops) {
  std::unordered_set<std::int64_t> ids;
  for (const auto& desktop : desktops) ids.insert(desktop.pool_id);
  auto read = [](Row& row) {
    std::int64_t id = row.Integer();
    return std::pair(id, row.Text());
  };
  ASSIGN_OR_RETURN(auto found, db.AllIn("SELECT id, name FROM pool WHERE id = ?1", read,
                                        std::vector<std::int64_t>(ids.begin(), ids.end())));
  return std::unordered_map<std::int64_t, std::string>(found.begin(), found.end());
}

Result<std::vector<DesktopSummary>> Summarise(Connection& db, std::vector<Desktop> desktops) {
  ASSIGN_OR_RETURN(auto pools, FindPoolNames(db, desktops));
  ASSIGN_OR_RETURN(auto verdicts, FindVerdicts(db, desktops));
  std::vector<DesktopSummary> summaries;
  for (auto& desktop : desktops) {
    DesktopSummary& summary = summaries.emplace_back();
    summary.pool = pools[desktop.pool_id];
    auto verdict = verdicts.find(desktop.profile);
    if (verdict != verdicts.end()) {
      summary.grade = verdict->second.grade;
      summary.verdict = verdict->second.text;
      summary.policy = verdict->second.policy;
    }
    if (desktop.presence == Presence::kStale) summary.grade = Grade::kUnknown;
    summary.desktop = std::move(desktop);
  }
  return summaries;
}

DesktopTransition ReadTransition(Row& row) {
  DesktopTransition transition;
  transition.at = row.At();
  transition.profile = row.Text();
  auto grade = row.MaybeInteger();
  transition.presence = PresenceOfColumn(row.Integer());
  transition.policy = DigestOfRaw(row.Text());
  if (grade && transition.presence != Presence::kStale) transition.grade = GradeOfColumn(*grade);
  return transition;
}

}  // namespace

Result<std::vector<DesktopSummary>> ListDesktops(Connection& db, const DesktopFilter& filter) {
  ASSIGN_OR_RETURN(auto ids, PageOfDesktops(db, filter));
  ASSIGN_OR_RETURN(auto page, db.AllIn(SelectDesktops("WHERE d.id = ?1"), ReadDesktop, ids));
  std::ranges::sort(page, {}, &Desktop::id);
  return Summarise(db, std::move(page));
}

Result<DesktopSummary> DesktopById(Connection& db, std::int64_t id) {
  ASSIGN_OR_RETURN(auto desktop, FindDesktop(db, id));
  if (!desktop) return NotFound(fmt::format("there is no desktop {}", id));
  std::vector<Desktop> one;
  one.push_back(std::move(*desktop));
  ASSIGN_OR_RETURN(auto summaries, Summarise(db, std::move(one)));
  return std::move(summaries.front());
}

Result<std::vector<DesktopSummary>> DesktopsByHost(Connection& db, std::string_view host_name) {
  ASSIGN_OR_RETURN(auto desktops, db.All(SelectDesktops("WHERE d.host_name = ?1 ORDER BY d.id"),
                                         ReadDesktop, ToLower(host_name)));
  return Summarise(db, std::move(desktops));
}

// The join of the two logs: a row for each stay of the desktop in a profile, with the grade that
// the profile had when the stay began, and one for each verdict that changed during a stay.
Result<std::vector<DesktopTransition>> ListTransitions(Connection& db, std::int64_t desktop_id,
                                                       std::int64_t limit) {
  return db.All(
      "WITH stay AS (SELECT id, at, profile_id, presence, "
      "    lead(at) OVER (ORDER BY id) AS until FROM desktop_log WHERE desktop_id = ?1) "
      "SELECT t.at, p.digest, v.grade, t.presence, o.digest FROM ("
      "  SELECT s.id AS stay, 0 AS turn, s.at AS at, s.profile_id AS profile_id, "
      "    s.presence AS presence, (SELECT l.id FROM profile_log l "
      "      WHERE l.profile_id = s.profile_id AND l.at <= s.at ORDER BY l.id DESC LIMIT 1) "
      "      AS verdict FROM stay s "
      "  UNION ALL "
      "  SELECT s.id, l.id, l.at, s.profile_id, s.presence, l.id FROM stay s "
      "    JOIN profile_log l ON l.profile_id = s.profile_id AND l.at > s.at "
      "      AND (s.until IS NULL OR l.at < s.until)"
      ") t LEFT JOIN profile p ON p.id = t.profile_id "
      "LEFT JOIN profile_log v ON v.id = t.verdict "
      "LEFT JOIN policy_set o ON o.id = v.policy_id "
      "ORDER BY t.stay DESC, t.turn DESC LIMIT ?2",
      ReadTransition, desktop_id, limit);
}

}  // namespace vdiwatch::collector
