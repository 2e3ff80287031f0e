#include <fmt/format.h>
#include <stdlib.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "server/compliance/sheets.h"

namespace vdiwatch::server::compliance {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxWorkbookBytes = 256 << 20;
// Excel's own limits (support.microsoft.com, "Excel specifications and limits"): a longer text
// makes the library refuse the cell. One is left for the "…" of a text that is cut.
constexpr std::size_t kMaxCellBytes = 32'767 - 1;
constexpr std::size_t kMaxRows = 1'048'576 - 1;

// A folder of this process alone, gone with the object.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> Make() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "vdiwatch-report-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr) {
      return Unavailable("cannot make a temporary folder for a workbook");
    }
    return TemporaryFolder(name);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// What the first failing call said; the library goes on whatever happened.
class Errors {
 public:
  void Note(lxw_error error) {
    if (first_ == LXW_NO_ERROR) first_ = error;
  }
  Result<void> Outcome() const {
    if (first_ == LXW_NO_ERROR) return {};
    return Internal(fmt::format("cannot write the workbook: {}", lxw_strerror(first_)));
  }

 private:
  lxw_error first_ = LXW_NO_ERROR;
};

lxw_col_t Col(std::size_t column) { return static_cast<lxw_col_t>(column); }
lxw_row_t At(std::size_t row) { return static_cast<lxw_row_t>(row); }

void WriteCell(lxw_worksheet* to, std::size_t row, std::size_t column, const SheetCell& cell,
               Errors& errors) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    if (text->empty()) return;
    const std::string fitting = Printable(*text, kMaxCellBytes);
    errors.Note(worksheet_write_string(to, At(row), Col(column), fitting.c_str(), nullptr));
    return;
  }
  const auto* whole = std::get_if<std::int64_t>(&cell);
  const double number = whole ? static_cast<double>(*whole) : std::get<double>(cell);
  errors.Note(worksheet_write_number(to, At(row), Col(column), number, nullptr));
}

void WriteSheet(lxw_workbook* book, const Sheet& sheet, lxw_format* bold, Errors& errors) {
  lxw_worksheet* to = workbook_add_worksheet(book, sheet.name.c_str());
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    const auto& column = sheet.columns[i];
    errors.Note(worksheet_set_column(to, Col(i), Col(i), column.width, nullptr));
    errors.Note(worksheet_write_string(to, 0, Col(i), column.name.c_str(), bold));
  }
  const std::size_t rows = std::min(sheet.rows.size(), kMaxRows);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < sheet.rows[row].size(); ++i) {
      WriteCell(to, row + 1, i, sheet.rows[row][i], errors);
    }
  }
  worksheet_freeze_panes(to, 1, 1);
  errors.Note(worksheet_autofilter(to, 0, 0, At(rows), Col(sheet.columns.size() - 1)));
  worksheet_set_landscape(to);
  worksheet_set_paper(to, 9);  // A4
  worksheet_fit_to_pages(to, 1, 0);
}

// What the report is about, as names and values.
void WriteFront(lxw_workbook* book, const Report& report, lxw_format* bold, Errors& errors) {
  std::vector<std::pair<std::string, SheetCell>> lines = {
      {"Report", TitleOf(report)},
      {"As of", FormatTime(report.as_of)},
      {"Made at", FormatTime(report.made_at)},
      {"Policy", report.policy},
      {"In force since", FormatTime(report.policy_since)}};
  for (const PackLine& pack : report.packs) {
    lines.emplace_back("Rules", fmt::format("{} {}", pack.name, pack.version));
    lines.emplace_back("… from", fmt::format("{} ({})", pack.source.title, pack.source.url));
    lines.emplace_back("… as of", pack.source.as_of);
  }
  lines.emplace_back("Pools", std::ssize(report.pools));
  lines.emplace_back("Desktops listed", std::ssize(report.exceptions));
  lines.emplace_back("… and left out", report.left_out);
  lxw_worksheet* to = workbook_add_worksheet(book, "report");
  errors.Note(worksheet_set_column(to, 0, 0, 18, bold));
  errors.Note(worksheet_set_column(to, 1, 1, 80, nullptr));
  for (std::size_t row = 0; row < lines.size(); ++row) {
    WriteCell(to, row, 0, lines[row].first, errors);
    WriteCell(to, row, 1, lines[row].second, errors);
  }
}

}  // namespace

Result<std::string> ToXlsx(const Report& report, const std::vector<Sheet>& sheets) {
  ASSIGN_OR_RETURN(const TemporaryFolder folder, TemporaryFolder::Make());
  const fs::path file = folder.path() / "report.xlsx";
  std::string temporary = folder.path().string();
  lxw_workbook_options options{};
  options.tmpdir = temporary.data();
  lxw_workbook* book = workbook_new_opt(file.c_str(), &options);
  if (book == nullptr) return Internal("cannot begin a workbook");
  Errors errors;
  std::string title = Printable(TitleOf(report));
  lxw_doc_properties properties{};
  properties.title = title.data();
  properties.created = static_cast<time_t>(ToUnix(report.made_at));
  errors.Note(workbook_set_properties(book, &properties));
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);
  WriteFront(book, report, bold, errors);
  for (const Sheet& sheet : sheets) WriteSheet(book, sheet, bold, errors);
  errors.Note(workbook_close(book));  // frees it, whatever comes of it
  RETURN_IF_ERROR(errors.Outcome());
  return ReadFile(file, kMaxWorkbookBytes);
}

}  // namespace vdiwatch::server::compliance
