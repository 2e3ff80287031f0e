#include "server/compliance/machine_export.h"

#include <Poco/TextConverter.h>
#include <Poco/UTF16Encoding.h>
#include <Poco/UTF8Encoding.h>
#include <Poco/Windows1252Encoding.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "policy/host_name.h"

namespace vdiwatch::server::compliance {
namespace {

// Headers of the column with the names, lower case and without blanks and '_'; the better first.
// Documented: MachineName (DOMAIN\name) and DNSName of Citrix's Get-BrokerMachine
// (developer-docs.citrix.com, Broker SDK), DeviceName of Intune's Devices report
// (learn.microsoft.com, "Export Intune reports using Graph APIs"), name and dnsName of Horizon's
// View API (MachineBase), Name of Get-ADComputer. What the consoles themselves write over a column
// ("Device name", "Machine", "DNS Name") was not seen by us: it differs in blanks and case alone,
// or is given as `column`.
constexpr std::string_view kNameColumns[] = {"hostname", "devicename",   "machinename", "dnsname",
                                             "machine",  "computername", "name"};

struct Text {
  std::string utf8;
  std::string encoding;
};

std::string Converted(const Poco::TextEncoding& from, std::string_view bytes) {
  const Poco::UTF8Encoding utf8;
  std::string text;
  Poco::TextConverter(from, utf8).convert(bytes.data(), static_cast<int>(bytes.size()), text);
  return text;
}

Text Decoded(std::string_view bytes) {
  using Poco::UTF16Encoding;
  if (bytes.starts_with("\xFF\xFE")) {
    bytes = bytes.substr(2, (bytes.size() - 2) & ~std::size_t{1});
    return {Converted(UTF16Encoding(UTF16Encoding::LITTLE_ENDIAN_BYTE_ORDER), bytes), "UTF-16LE"};
  }
  if (bytes.starts_with("\xFE\xFF")) {
    bytes = bytes.substr(2, (bytes.size() - 2) & ~std::size_t{1});
    return {Converted(UTF16Encoding(UTF16Encoding::BIG_ENDIAN_BYTE_ORDER), bytes), "UTF-16BE"};
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (IsUtf8(bytes)) return {std::string(bytes), "UTF-8"};
  return {Converted(Poco::Windows1252Encoding(), bytes), "windows-1252"};
}

// With line feeds alone: CR LF and CR (of old Macs) end lines, too.
std::string WithLineFeeds(std::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      lines += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      lines += '\n';
    }
  }
  return lines;
}

Error Fault(std::int64_t line, std::string_view what) {
  return Invalid(fmt::format("line {} of the export: {}", line, what));
}

// The records of RFC 4180, one after the other; quoted fields may go over lines.
class Records {
 public:
  // `line`: that of the text's beginning, from 1.
  Records(std::string_view text, std::int64_t line, char separator)
      : text_(text), line_(line), separator_(separator) {}

  // Where the next record begins.
  std::int64_t line() const { return line_; }

  Result<std::optional<std::vector<std::string>>> Next() {
    if (at_ >= text_.size()) return std::optional<std::vector<std::string>>();
    std::vector<std::string> fields;
    for (;;) {
      ASSIGN_OR_RETURN(auto field, Field());
      fields.push_back(std::move(field));
      if (at_ >= text_.size()) return std::optional(std::move(fields));
      if (text_[at_++] != '\n') continue;  // a separator
      ++line_;
      return std::optional(std::move(fields));
    }
  }

 private:
  // Up to a separator, a line's end or the end. A quote inside plain text stands for itself.
  Result<std::string> Field() {
    if (at_ < text_.size() && text_[at_] == '"') return QuotedField();
    const char ends[] = {separator_, '\n'};
    const std::size_t end = text_.find_first_of(std::string_view(ends, 2), at_);
    std::string field(text_.substr(at_, end - at_));
    at_ = std::min(end, text_.size());
    return field;
  }

  Result<std::string> QuotedField() {
    const std::int64_t opened = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') return Closed(std::move(field));
        ++at_;
      } else if (c == '\n') {
        ++line_;
      }
      field += c;
    }
    return Fault(opened, "a quote is opened here and never closed");
  }

  // Behind a closing quote nothing but blanks may stand in a field.
  Result<std::string> Closed(std::string field) {
    ++at_;
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != separator_ && text_[end] != '\n') ++end;
    const std::string_view rest = Trim(text_.substr(at_, end - at_));
    if (!rest.empty()) {
      return Fault(line_,
                   fmt::format("'{}' stands behind a closing quote; a quote inside quotes is "
                               "written twice",
                               Printable(rest, 40)));
    }
    at_ = end;
    return field;
  }

  const std::string_view text_;
  std::int64_t line_;
  const char separator_;
  std::size_t at_ = 0;
};

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }

// What stands before the header: empty lines, "#TYPE …" and "sep=;", in any order.
struct Preamble {
  std::size_t bytes = 0;
  std::int64_t lines = 0;
  char separator = '\0';  // as "sep=" says
};

Result<Preamble> ReadPreamble(std::string_view text) {
  Preamble preamble;
  while (preamble.bytes < text.size()) {
    const std::string_view line = FirstLine(text.substr(preamble.bytes));
    const bool told = line.size() >= 5 && EqualsIgnoreCase(line.substr(0, 4), "sep=") &&
                      Trim(line.substr(5)).empty() && preamble.separator == '\0';
    if (told && (line[4] == '"' || line[4] == ' ')) {
      return Fault(preamble.lines + 1, "sep= must name what separates the fields, such as sep=;");
    }
    if (!told && !Trim(line).empty() && !line.starts_with('#')) break;
    if (told) preamble.separator = line[4];
    preamble.bytes = std::min(text.size(), preamble.bytes + line.size() + 1);
    ++preamble.lines;
  }
  return preamble;
}

// As "sep=" says; else the first of these that the header has.
char SeparatorOf(const Preamble& preamble, std::string_view header) {
  if (preamble.separator != '\0') return preamble.separator;
  for (const char separator : {'\t', ';', ','}) {
    if (header.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

// A NUL is a sign of UTF-16 without a byte order mark, or of no text at all.
Result<void> RefuseNul(std::string_view text) {
  const std::size_t nul = text.find('\0');
  if (nul == std::string_view::npos) return {};
  return Fault(
      1 + std::ranges::count(text.substr(0, nul), '\n'),
      "a NUL byte: this is no text, or UTF-16 without a byte order mark; save it as UTF-8");
}

std::string Folded(std::string_view header) {
  std::string folded = ToLower(Trim(header));
  std::erase_if(folded, [](char c) { return c == ' ' || c == '_'; });
  return folded;
}

// The one column of this folded name; nothing: there is none.
Result<std::optional<std::size_t>> ColumnCalled(const std::vector<std::string>& header,
                                                std::string_view folded) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (Folded(header[i]) != folded) continue;
    if (found) {
      return Invalid(fmt::format("the export has two columns '{}'; rename one of them",
                                 Printable(Trim(header[i]), 80)));
    }
    found = i;
  }
  return found;
}

Result<std::size_t> FindColumn(const std::vector<std::string>& header, std::string_view wanted) {
  if (!wanted.empty()) {
    ASSIGN_OR_RETURN(const auto found, ColumnCalled(header, Folded(wanted)));
    if (found) return *found;
  }
  for (const std::string_view known : kNameColumns) {
    if (!wanted.empty()) break;
    ASSIGN_OR_RETURN(const auto found, ColumnCalled(header, known));
    if (found) return *found;
  }
  std::vector<std::string> names;
  for (const std::string& name : header) names.push_back("'" + Printable(name, 40) + "'");
  if (names.size() > 20) names.resize(20);
  return Invalid(fmt::format(
      "{}; its header has {}; say with `column` which one holds the machines' names",
      wanted.empty() ? "the export has none of the columns host_name, DeviceName, MachineName, "
                       "DNSName, Machine, ComputerName and Name"
                     : "the export has no column '" + Printable(wanted, 80) + "'",
      Join(names, ", ")));
}

// More fields than the header has: a separator stands in a name, or the columns have moved. Empty
// ones at the end do no harm.
Result<void> RefuseTooManyFields(const std::vector<std::string>& fields, std::size_t columns,
                                 std::int64_t line) {
  std::size_t filled = fields.size();
  while (filled > 0 && Trim(fields[filled - 1]).empty()) --filled;
  if (filled <= columns) return {};
  return Fault(line, fmt::format("it has {} fields, and the header {}", filled, columns));
}

// What nobody sees would go into lists that people and other programs read.
Result<void> RefuseUnseen(std::string_view host, std::int64_t line) {
  const std::string shown = Printable(host, host.size());
  if (shown == host) return {};
  return Fault(line, fmt::format("the name '{}' holds a control or invisible character",
                                 Printable(shown, 80)));
}

}  // namespace

Result<MachineExport> ReadMachineExport(std::string_view bytes, std::string_view column) {
  const Text decoded = Decoded(bytes);
  const std::string whole = WithLineFeeds(decoded.utf8);
  RETURN_IF_ERROR(RefuseNul(whole));
  ASSIGN_OR_RETURN(const Preamble preamble, ReadPreamble(whole));
  const std::string_view text = std::string_view(whole).substr(preamble.bytes);
  MachineExport machines;
  machines.encoding = decoded.encoding;
  machines.separator = SeparatorOf(preamble, FirstLine(text));
  Records records(text, preamble.lines + 1, machines.separator);
  ASSIGN_OR_RETURN(const auto header, records.Next());
  if (!header) return Invalid("the export is empty");
  ASSIGN_OR_RETURN(const std::size_t at, FindColumn(*header, column));
  machines.column = Trim((*header)[at]);
  std::int64_t named = 0;
  for (;;) {
    const std::int64_t line = records.line();
    ASSIGN_OR_RETURN(const auto fields, records.Next());
    if (!fields) break;
    if (fields->size() == 1 && Trim(fields->front()).empty()) continue;  // an empty line
    RETURN_IF_ERROR(RefuseTooManyFields(*fields, header->size(), line));
    ++machines.rows;
    std::string host = at < fields->size() ? policy::HostNameOf((*fields)[at]) : "";
    if (host.empty()) {
      ++machines.unnamed;
      continue;
    }
    RETURN_IF_ERROR(RefuseUnseen(host, line));
    ++named;
    machines.hosts.push_back(std::move(host));
  }
  std::ranges::sort(machines.hosts);
  const auto twice = std::ranges::unique(machines.hosts);
  machines.hosts.erase(twice.begin(), twice.end());
  machines.repeated = named - std::ssize(machines.hosts);
  if (machines.hosts.empty()) {
    return Invalid(fmt::format("the column '{}' of the export holds no name of a machine",
                               Printable(machines.column, 80)));
  }
  return machines;
}

}  // namespace vdiwatch::server::compliance
