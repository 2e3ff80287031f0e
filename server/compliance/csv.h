#pragma once

#include <string>
#include <string_view>

namespace vdiwatch::server::compliance {

// Text as a field of RFC 4180, quoted. A ' stands before whatever a spreadsheet would take for a
// formula (OWASP, "CSV Injection"): where the text begins, and where a program that splits on ';'
// or tabs, whatever the quotes say, would begin a cell. Empty text is an empty field. Pure.
std::string CsvField(std::string_view text);

}  // namespace vdiwatch::server::compliance
