#include "server/compliance/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "server/compliance/report_json.h"
#include "server/compliance/sheets.h"

namespace vdiwatch::server::compliance {
namespace {

constexpr std::pair<Format, std::string_view> kFormats[] = {
    {Format::kJson, "json"}, {Format::kCsv, "csv"}, {Format::kXlsx, "xlsx"}};

// What is left of the scope in a file's name on any system.
std::string Slug(const Scope& scope) {
  std::string slug = scope.kind == Scope::Kind::kFleet ? "fleet" : scope.value;
  for (char& c : slug) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_';
    if (!plain) c = '-';
  }
  return slug.substr(0, 60);
}

std::string NameOf(const Report& report, std::string_view part, std::string_view ending) {
  return fmt::format("vdiwatch-compliance-{}{}{}-{}.{}", Slug(report.scope),
                     part.empty() ? "" : "-", part, FormatTime(report.as_of).substr(0, 10), ending);
}

Document CsvOf(const Report& report, const Sheet& sheet) {
  return {NameOf(report, sheet.name, "csv"), "text/csv; charset=utf-8; header=present",
          ToCsv(sheet)};
}

}  // namespace

std::string_view ToString(Format format) {
  return std::ranges::find(kFormats, format, &std::pair<Format, std::string_view>::first)->second;
}

Result<Format> ParseFormat(std::string_view text) {
  if (text.empty()) return Format::kJson;
  const auto found =
      std::ranges::find(kFormats, text, &std::pair<Format, std::string_view>::second);
  if (found != std::end(kFormats)) return found->first;
  return Invalid(fmt::format("format cannot be '{}'; it is json, csv or xlsx", Printable(text)));
}

Result<Document> Render(const Report& report, Format format, std::string_view part) {
  if (format == Format::kJson) {
    return Document{NameOf(report, "", "json"), "application/json",
                    ReportJson(report).dump(-1, ' ', false, Json::error_handler_t::replace)};
  }
  const std::vector<Sheet> sheets = SheetsOf(report);
  if (format == Format::kXlsx) {
    ASSIGN_OR_RETURN(std::string bytes, ToXlsx(report, sheets));
    return Document{NameOf(report, "", "xlsx"),
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    std::move(bytes)};
  }
  for (const Sheet& sheet : sheets) {
    if (sheet.name == (part.empty() ? "pools" : part)) return CsvOf(report, sheet);
  }
  return Invalid(
      fmt::format("part cannot be '{}'; it is pools, rules, desktops or waivers", Printable(part)));
}

Result<std::vector<Document>> RenderAll(const Report& report, Format format) {
  std::vector<Document> documents;
  if (format != Format::kCsv) {
    ASSIGN_OR_RETURN(auto document, Render(report, format));
    documents.push_back(std::move(document));
    return documents;
  }
  for (const Sheet& sheet : SheetsOf(report)) documents.push_back(CsvOf(report, sheet));
  return documents;
}

}  // namespace vdiwatch::server::compliance
