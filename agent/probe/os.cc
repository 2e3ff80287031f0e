#include <string>

#include "agent/probe/look.h"
#include "agent/probe/subjects.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

std::string CurrentVersion(std::string_view value) {
  return "registry:HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion@" + std::string(value);
}

// The registry of Windows 11 still says "Windows 10"; its builds start at 22000.
Fact WindowsName(const Evidence& evidence) {
  Look look(evidence);
  auto name = look.Text(CurrentVersion("ProductName"));
  auto build = look.Text(CurrentVersion("CurrentBuild"));
  if (!name) return look.NoAnswer();
  std::string text(*name);
  auto number = build ? ParseInteger(*build) : std::nullopt;
  if (text.starts_with("Windows 10") && !number) return look.NoAnswer();
  if (text.starts_with("Windows 10") && number && *number >= 22000) text[9] = '1';
  return look.Answer(Printable(text));
}

Fact WindowsBuild(const Evidence& evidence) {
  Look look(evidence);
  auto build = look.Text(CurrentVersion("CurrentBuild"));
  if (!build || !IsVersion(*build)) return look.NoAnswer();
  auto revision = look.Number(CurrentVersion("UBR"));
  std::string text(*build);
  if (revision && *revision >= 0) text += "." + std::to_string(*revision);
  return look.Answer(text);
}

// Enterprise multi-session is edition ServerRdsh; on servers the session host role sets
// TSAppCompat (Microsoft, "Remote Desktop Session Host").
Fact MultiSession(const Evidence& evidence) {
  Look look(evidence);
  auto edition = look.Text(CurrentVersion("EditionID"));
  if (!edition) return look.NoAnswer();
  if (*edition == "ServerRdsh") return look.Answer(true);
  if (!edition->starts_with("Server")) return look.Answer(false);
  auto host =
      look.Number("registry:HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server@TSAppCompat");
  return host ? look.Answer(*host == 1) : look.NoAnswer();
}

void ProbeWindows(const Evidence& evidence, Facts& facts) {
  facts["os.name"] = WindowsName(evidence);
  Look look(evidence);
  auto edition = look.Text(CurrentVersion("EditionID"));
  facts["os.edition"] = edition ? look.Answer(Printable(*edition)) : look.NoAnswer();
  facts["os.build"] = WindowsBuild(evidence);
  facts["os.multi_session"] = MultiSession(evidence);
}

// One value of os-release(5), without its quotes.
std::optional<std::string> OsRelease(Look& look, std::string_view key) {
  auto text = look.Text("file:/etc/os-release");
  if (!text) return std::nullopt;
  for (std::string_view line : Split(*text, '\n')) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
    std::string_view value = Trim(line.substr(key.size() + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'')) {
      value = value.substr(1, value.size() - 2);
    }
    return Printable(value);
  }
  return std::nullopt;
}

void ProbeLinux(const Evidence& evidence, Facts& facts) {
  Look look(evidence);
  auto name = OsRelease(look, "PRETTY_NAME");
  facts["os.name"] = name ? look.Answer(*name) : look.NoAnswer();
  auto variant = OsRelease(look, "VARIANT_ID");
  bool read = look.Text("file:/etc/os-release").has_value();
  facts["os.edition"] = variant ? look.Answer(*variant)
                        : read  ? look.Without(Missing::kAbsent)
                                : look.NoAnswer();
  Look kernel(evidence);
  auto release = kernel.Text("file:/proc/sys/kernel/osrelease");
  std::string version = release ? Printable(Trim(*release)) : "";
  facts["os.build"] = IsVersion(version) ? kernel.Answer(version) : kernel.NoAnswer();
  facts["os.multi_session"] = Unknown(Missing::kAbsent);  // a question of Windows editions
}

}  // namespace

void ProbeOs(const Evidence& evidence, Facts& facts) {
  facts["os.family"] = Known(evidence.os);
  evidence.os == "windows" ? ProbeWindows(evidence, facts) : ProbeLinux(evidence, facts);
}

}  // namespace vdiwatch::agent
