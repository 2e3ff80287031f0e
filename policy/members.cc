#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/host_name.h"
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

// Excel's first line, where the file names its separator: "sep=;".
std::optional<char> NamedSeparator(std::string_view line) {
  bool named = line.size() == 5 && EqualsIgnoreCase(line.substr(0, 4), "sep=");
  return named ? std::optional(line[4]) : std::nullopt;
}

// A first line that names columns, and none that we know. No host name has such characters.
bool IsStrangeHeader(const std::vector<std::string>& fields) {
  return Trim(fields.front()).find_first_of(" ()/:#*?") != std::string_view::npos;
}

constexpr std::string_view kStrangeHeader =
    "no column is called host_name, HostName, DeviceName, MachineName, ComputerName, DNSName or "
    "Name, and the first one does not begin with a host name";

}  // namespace

std::vector<std::string> ParseMembers(std::string_view text, const ParseContext& context) {
  std::vector<std::string> hosts;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto fault = FindTextFault(text)) {
    context.Complain(Mark{fault->line, fault->column}, std::move(fault->message));
    return hosts;
  }
  std::optional<char> separator;
  std::size_t column = 0;
  bool first = true;
  int number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    if (Trim(line).empty() || line.starts_with('#')) continue;  // PowerShell begins with #TYPE
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!separator) {
      separator = NamedSeparator(line);
      if (separator) continue;
      separator = SeparatorOf(line);
    }
    auto fields = Fields(line, *separator);
    auto named = first ? NameColumn(fields) : std::nullopt;
    if (named) {
      column = *named;
    } else if (first && IsStrangeHeader(fields)) {
      context.Complain({number, 1}, std::string(kStrangeHeader));
      return hosts;
    } else if (column < fields.size() && !HostNameOf(fields[column]).empty()) {
      hosts.push_back(HostNameOf(fields[column]));
    }
    first = false;
  }
  std::ranges::sort(hosts);
  auto twice = std::ranges::unique(hosts);
  hosts.erase(twice.begin(), twice.end());
  if (hosts.empty()) context.Complain({1, 1}, "the file holds no host name");
  return hosts;
}

}  // namespace vdiwatch::policy
