#include "server/compliance/sheets.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "server/compliance/csv.h"

namespace vdiwatch::server::compliance {
namespace {

using policy::Grade;
using Row = std::vector<SheetCell>;

std::string Word(Grade grade) { return std::string(policy::ToString(grade)); }

std::string Attributes(const PoolLine& pool) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : pool.attributes) parts.push_back(key + "=" + value);
  return Join(parts, "; ");
}

std::string Reasons(const PoolLine& pool) {
  std::vector<std::string> parts;
  for (const policy::PoolReason& reason : pool.reasons) parts.push_back(reason.text);
  return Join(parts, "; ");
}

// "docker-desktop-vdi 2026.11.1 (source as of 2025-06-01)".
std::string Packs(const Report& report) {
  std::vector<std::string> parts;
  for (const PackLine& pack : report.packs) {
    parts.push_back(
        fmt::format("{} {} (source as of {})", pack.name, pack.version, pack.source.as_of));
  }
  return Join(parts, "; ");
}

Sheet Pools(const Report& report) {
  Sheet sheet{"pools",
              {{"pool", 24},
               {"grade", 14},
               {"since", 21},
               {"docker", 10},
               {"attributes", 30},
               {"desktops"},
               {"reporting"},
               {"stale"},
               {"compliant"},
               {"conditional"},
               {"unknown"},
               {"noncompliant"},
               {"waived"},
               {"not_applicable"},
               {"unjudged"},
               {"expected"},
               {"never_reported"},
               {"coverage_percent"},
               {"reasons", 80}},
              {}};
  for (const PoolLine& pool : report.pools) {
    const Standings& sum = pool.standings;
    Row row{pool.name,
            Word(pool.grade),
            pool.since ? FormatTime(*pool.since) : "",
            std::string(policy::ToString(pool.docker)),
            Attributes(pool),
            sum.desktops(),
            sum.reporting(),
            sum.stale,
            sum.Of(Grade::kCompliant),
            sum.Of(Grade::kConditional),
            sum.Of(Grade::kUnknown),
            sum.Of(Grade::kNoncompliant),
            sum.Of(Grade::kWaived),
            sum.Of(Grade::kNotApplicable),
            sum.unjudged};
    if (pool.coverage) {
      row.insert(row.end(), {pool.coverage->expected, pool.coverage->never_reported(),
                             std::round(pool.coverage->percent() * 10) / 10});
    } else {
      row.insert(row.end(), {"", "", ""});
    }
    row.emplace_back(Reasons(pool));
    sheet.rows.push_back(std::move(row));
  }
  return sheet;
}

Sheet Rules(const Report& report) {
  Sheet sheet{"rules",
              {{"pool", 24},
               {"rule", 28},
               {"title", 44},
               {"severity"},
               {"section", 28},
               {"compliant"},
               {"conditional"},
               {"unknown"},
               {"noncompliant"},
               {"waived"},
               {"not_applicable"},
               {"why", 60},
               {"remediation", 60},
               {"url", 40}},
              {}};
  for (const PoolLine& pool : report.pools) {
    for (const RuleLine& rule : pool.rules) {
      const policy::RuleVerdict& sample = rule.sample;
      Row row{pool.name, sample.rule, sample.title, std::string(policy::ToString(sample.severity)),
              rule.section};
      for (const Grade grade : {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                                Grade::kNoncompliant, Grade::kWaived, Grade::kNotApplicable}) {
        row.emplace_back(CountOf(rule.desktops, grade));
      }
      row.insert(row.end(), {rule.why, sample.remediation, sample.url});
      sheet.rows.push_back(std::move(row));
    }
  }
  return sheet;
}

// A row for each rule that a desktop fails; a desktop with only a note has one row.
Sheet Desktops(const Report& report) {
  Sheet sheet{"desktops",
              {{"host_name", 24},
               {"id", 18},
               {"pool", 24},
               {"grade", 14},
               {"presence"},
               {"last_seen", 21},
               {"rule", 28},
               {"rule_grade", 14},
               {"severity"},
               {"why", 60},
               {"remediation", 60},
               {"contact", 24}},
              {}};
  for (const ExceptionLine& desktop : report.exceptions) {
    const Row head{desktop.host_name,
                   collector::IdText(desktop.id),
                   desktop.pool,
                   Word(desktop.grade),
                   std::string(collector::ToString(desktop.presence)),
                   desktop.last_seen ? FormatTime(*desktop.last_seen) : ""};
    const auto add = [&](std::initializer_list<SheetCell> rest) {
      sheet.rows.push_back(head);
      sheet.rows.back().insert(sheet.rows.back().end(), rest);
    };
    if (!desktop.note.empty()) add({"", "", "", desktop.note, "", ""});
    for (const policy::RuleVerdict& rule : *desktop.rules) {
      add({rule.rule, Word(rule.grade), std::string(policy::ToString(rule.severity)), rule.why,
           rule.remediation, rule.contact});
    }
  }
  return sheet;
}

Sheet Waivers(const Report& report) {
  Sheet sheet{"waivers",
              {{"waiver", 20},
               {"rule", 28},
               {"scope", 36},
               {"owner", 24},
               {"reason", 60},
               {"expires", 21},
               {"desktops"}},
              {}};
  for (const auto& [waiver, desktops] : report.waivers) {
    sheet.rows.push_back({waiver.id, waiver.rule, policy::ScopeText(waiver), waiver.owner,
                          waiver.reason, waiver.expires, desktops});
  }
  return sheet;
}

void AppendCell(const SheetCell& cell, std::string& csv) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    csv += CsvField(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    csv += std::to_string(*number);
  } else {
    csv += fmt::format("{:.1f}", std::get<double>(cell));
  }
}

}  // namespace

std::vector<Sheet> SheetsOf(const Report& report) {
  std::vector<Sheet> sheets = {Pools(report), Rules(report), Desktops(report), Waivers(report)};
  const Row tail{FormatTime(report.as_of), report.policy, Packs(report)};
  for (Sheet& sheet : sheets) {
    sheet.columns.insert(sheet.columns.end(),
                         {{"as_of", 21}, {"policy", 20}, {"vendor_rules", 40}});
    for (Row& row : sheet.rows) row.insert(row.end(), tail.begin(), tail.end());
  }
  return sheets;
}

std::string ToCsv(const Sheet& sheet) {
  std::string csv;
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    if (i > 0) csv += ',';
    csv += sheet.columns[i].name;  // a word of ours
  }
  csv += "\r\n";
  for (const auto& row : sheet.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) csv += ',';
      AppendCell(row[i], csv);
    }
    csv += "\r\n";
  }
  return csv;
}

}  // namespace vdiwatch::server::compliance
