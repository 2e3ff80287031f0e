#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

// What brokers and Intune call the column, lower case and without blanks: PowerShell's
// Get-BrokerMachine, Get-ADComputer, the Intune device export, and our own.
constexpr std::string_view kNameColumns[] = {
    "host_name", "hostname", "devicename", "machinename", "computername", "dnsname", "name"};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The fields of one line (RFC 4180; a quoted field does not go on in the next line).
std::vector<std::string> Fields(std::string_view line, char separator) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == separator && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

char SeparatorOf(std::string_view line) {
  for (char separator : {'\t', ';', ','}) {
    if (line.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

std::optional<std::size_t> NameColumn(const std::vector<std::string>& header) {
  for (std::string_view name : kNameColumns) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      std::string column = ToLower(Trim(header[i]));
      std::erase(column, ' ');
      if (column == name) return i;
    }
  }
  return std::nullopt;
}

// "CORP\FIN-01", "fin-01.corp.example" and "fin-01" are one machine.
std::string HostName(std::string_view field) {
  field = Trim(field);
  field = field.substr(field.rfind('\\') + 1);  // npos + 1 is 0
  return ToLower(field.substr(0, field.find('.')));
}

}  // namespace

std::vector<std::string> ParseMembers(std::string_view text, const ParseContext& context) {
  std::vector<std::string> hosts;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!IsUtf8(text)) {
    context.Complain({1, 1}, "the file is not UTF-8 text");
    return hosts;
  }
  std::optional<char> separator;
  std::size_t column = 0;
  for (std::string_view line : Split(text, '\n')) {
    if (Trim(line).empty() || line.starts_with('#')) continue;  // PowerShell begins with #TYPE
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool first = !separator;
    if (first) separator = SeparatorOf(line);
    auto fields = Fields(line, *separator);
    auto named = first ? NameColumn(fields) : std::nullopt;
    if (named) {
      column = *named;
    } else if (column < fields.size() && !HostName(fields[column]).empty()) {
      hosts.push_back(HostName(fields[column]));
    }
  }
  std::ranges::sort(hosts);
  auto twice = std::ranges::unique(hosts);
  hosts.erase(twice.begin(), twice.end());
  if (hosts.empty()) context.Complain({1, 1}, "the file holds no host name");
  return hosts;
}

}  // namespace vdiwatch::policy
