#include "server/cli_desktop.h"

#include <gtest/gtest.h>

#include <sstream>

namespace vdiwatch::server {
namespace {

Json Desktop() {
  return Json::parse(R"({
    "id": "00000000000000a1", "host_name": "xen-01", "domain": "corp.example", "pool": "xen",
    "grade": "noncompliant", "presence": "live", "last_seen": "2026-11-22T08:00:00Z",
    "os": "windows", "agent_version": "0.1.0", "duplicate": "none",
    "boots": {"text": "kept its memory over 3 of 3 restarts"},
    "verdict": {"grade": "noncompliant", "rules": [
      {"id": "hypervisor", "title": "A supported hypervisor", "severity": "critical",
       "grade": "noncompliant", "why": "It runs on Xen; expected VMware or Azure.",
       "expected": "VMware or Azure", "actual": "Xen", "facts": ["platform.kind", "os.name"],
       "remediation": "Move the pool to VMware ESXi or to Azure, or use cloud mode instead of it.",
       "contact": "hypervisor vendor", "url": "https://vendor.example/vdi"},
      {"id": "persistent", "title": "It keeps its disk", "severity": "major",
       "grade": "compliant", "why": "It is persistent.", "remediation": "Make it so.",
       "facts": ["persistence.verdict"]}]},
    "facts": [
      {"key": "platform.kind", "value": "xen", "sentence": "What it runs on", "unit": "",
       "sources": ["cpuid:40000000", "smbios:bios.vendor"]},
      {"key": "memory.total_mib", "value": 4096, "sentence": "Memory", "unit": "MiB",
       "sources": []},
      {"key": "azure.vm_size", "missing": "absent", "sentence": "Size", "unit": "",
       "sources": []}],
    "readings": {"smbios:bios.vendor": "Xen\u001b[31m"}})");
}

std::string Printed(const Json& desktop, bool color = false) {
  std::ostringstream out, err;
  PrintDesktop(desktop, {out, err, color, 80});
  EXPECT_EQ(err.str(), "");
  return out.str();
}

TEST(PrintDesktopTest, SaysWhatWhyOnWhatEvidenceAndWhatToDo) {
  EXPECT_EQ(Printed(Desktop()), R"(xen-01: noncompliant
    id          00000000000000a1
    pool        xen
    domain      corp.example
    presence    live, last seen 2026-11-22T08:00:00Z
    agent       0.1.0 on windows
    boots       kept its memory over 3 of 3 restarts

Rules
  noncompliant  A supported hypervisor  (hypervisor, critical)
    why         It runs on Xen; expected VMware or Azure.
    expected    VMware or Azure
    actual      Xen
    evidence    platform.kind = xen, from cpuid:40000000, smbios:bios.vendor;
                os.name was not gathered
    do          Move the pool to VMware ESXi or to Azure, or use cloud mode
                instead of it.
    ask         hypervisor vendor
    source      https://vendor.example/vdi
  compliant  It keeps its disk  (persistent, major)
    why         It is persistent.

FACT              VALUE     WHAT IT SAYS
platform.kind     xen       What it runs on
memory.total_mib  4096 MiB  Memory
azure.vm_size     (absent)  Size

READING             TEXT
smbios:bios.vendor  Xen?[31m
)");
}

TEST(PrintDesktopTest, ColorsOnlyWhenAsked) {
  EXPECT_EQ(Printed(Desktop(), false).find('\x1b'), std::string::npos);
  EXPECT_NE(Printed(Desktop(), true).find("\x1b[1;31mnoncompliant"), std::string::npos);
}

TEST(PrintDesktopTest, SaysSoWhenItIsNotJudgedYet) {
  Json desktop = Desktop();
  desktop["verdict"] = nullptr;
  desktop["duplicate"] = "cloned_identity";
  const std::string text = Printed(desktop);
  EXPECT_NE(text.find("Not judged yet"), std::string::npos);
  EXPECT_NE(text.find("duplicate   cloned_identity"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::server
