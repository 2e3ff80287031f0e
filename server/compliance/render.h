#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/compliance/report.h"

namespace vdiwatch::server::compliance {

enum class Format { kJson, kCsv, kXlsx };
std::string_view ToString(Format format);
Result<Format> ParseFormat(std::string_view text);  // empty: json

// A rendered report as it is downloaded or attached.
struct Document {
  std::string file_name;  // ASCII: "vdiwatch-compliance-finance-2026-11-01.xlsx"
  std::string type;       // of media
  std::string bytes;
};

// `part`: which table of CSV; empty: pools. Invalid: no such part.
Result<Document> Render(const Report& report, Format format, std::string_view part = "");

// All of it: of CSV one document for each table.
Result<std::vector<Document>> RenderAll(const Report& report, Format format);

}  // namespace vdiwatch::server::compliance
