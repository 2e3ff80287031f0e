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

// The records of RFC 4180, one after the other; quoted fields may go over lines.
class Records {
 public:
  Records(std::string_view text, char separator) : text_(text), separator_(separator) {}

  std::optional<std::vector<std::string>> Next() {
    if (at_ >= text_.size()) return std::nullopt;
    std::vector<std::string> fields(1);
    for (bool quoted = false; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        const bool twice = quoted && at_ + 1 < text_.size() && text_[at_ + 1] == '"';
        if (twice) fields.back() += text_[++at_];
        if (!twice) quoted = !quoted;
      } else if (c == separator_ && !quoted) {
        fields.emplace_back();
      } else if (c == '\n' && !quoted) {
        ++at_;
        return fields;
      } else if (c != '\r' || quoted) {
        fields.back() += c;
      }
    }
    return fields;
  }

 private:
  const std::string_view text_;
  const char separator_;
  std::size_t at_ = 0;
};

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }

void DropLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
}

// Takes what stands before the header away, and finds what separates the fields.
char TakePreamble(std::string_view& text) {
  for (std::string_view line = FirstLine(text); !text.empty(); line = FirstLine(text)) {
    if (!Trim(line).empty() && !line.starts_with('#')) break;
    DropLine(text);
  }
  const std::string_view first = Trim(FirstLine(text));
  if (first.size() == 5 && EqualsIgnoreCase(first.substr(0, 4), "sep=")) {
    DropLine(text);
    return first[4];
  }
  for (const char separator : {'\t', ';', ','}) {
    if (FirstLine(text).find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

std::string Folded(std::string_view header) {
  std::string folded = ToLower(Trim(header));
  std::erase_if(folded, [](char c) { return c == ' ' || c == '_'; });
  return folded;
}

Result<std::size_t> FindColumn(const std::vector<std::string>& header, std::string_view wanted) {
  for (std::size_t i = 0; !wanted.empty() && i < header.size(); ++i) {
    if (Folded(header[i]) == Folded(wanted)) return i;
  }
  for (const std::string_view known : kNameColumns) {
    for (std::size_t i = 0; wanted.empty() && i < header.size(); ++i) {
      if (Folded(header[i]) == known) return i;
    }
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

}  // namespace

Result<MachineExport> ReadMachineExport(std::string_view bytes, std::string_view column) {
  const Text decoded = Decoded(bytes);
  std::string_view text = decoded.utf8;
  MachineExport machines;
  machines.encoding = decoded.encoding;
  machines.separator = TakePreamble(text);
  Records records(text, machines.separator);
  const auto header = records.Next();
  if (!header) return Invalid("the export is empty");
  ASSIGN_OR_RETURN(const std::size_t at, FindColumn(*header, column));
  machines.column = Trim((*header)[at]);
  std::int64_t named = 0;
  while (const auto fields = records.Next()) {
    if (fields->size() == 1 && Trim(fields->front()).empty()) continue;  // an empty line
    ++machines.rows;
    std::string host = at < fields->size() ? policy::HostNameOf((*fields)[at]) : "";
    if (host.empty()) {
      ++machines.unnamed;
      continue;
    }
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
