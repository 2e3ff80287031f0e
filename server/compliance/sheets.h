#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "server/compliance/report.h"

namespace vdiwatch::server::compliance {

// One table of a report, the same in CSV and XLSX.
using SheetCell = std::variant<std::string, std::int64_t, double>;
struct Sheet {
  std::string name;  // "pools"
  struct Column {
    std::string name;  // "never_reported"
    int width = 12;    // in characters, for XLSX
  };
  std::vector<Column> columns;
  std::vector<std::vector<SheetCell>> rows;  // as wide as the columns
};

// pools, rules, desktops, waivers; each row ends with when, under which policy and from which
// vendor sources, so that it stands for itself. Pure.
std::vector<Sheet> SheetsOf(const Report& report);

// RFC 4180, UTF-8, with a header; every text is a CsvField (csv.h). Pure.
std::string ToCsv(const Sheet& sheet);

// A workbook of what the report is about and these sheets. Text is never a formula there. Works in
// a private temporary folder, since libxlsxwriter writes files.
Result<std::string> ToXlsx(const Report& report, const std::vector<Sheet>& sheets);

}  // namespace vdiwatch::server::compliance
