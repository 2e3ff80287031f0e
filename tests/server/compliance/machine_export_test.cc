#include "server/compliance/machine_export.h"

#include <gtest/gtest.h>

namespace vdiwatch::server::compliance {
namespace {

using Hosts = std::vector<std::string>;

MachineExport Read(std::string_view bytes, std::string_view column = "") {
  auto read = ReadMachineExport(bytes, column);
  EXPECT_TRUE(read) << read.error().message;
  return read ? *std::move(read) : MachineExport{};
}
std::string Refusal(std::string_view bytes, std::string_view column = "") {
  const auto read = ReadMachineExport(bytes, column);
  return read ? "" : read.error().message;
}

std::string Utf16(std::string_view ascii, bool little) {
  std::string bytes = little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : ascii) {
    if (!little) bytes += '\0';
    bytes += c;
    if (little) bytes += '\0';
  }
  return bytes;
}

// The columns are those of Get-BrokerMachine; the rows are made up.
TEST(ReadMachineExport, CitrixMachines) {
  const auto read = Read(
      "#TYPE Citrix.Broker.Admin.SDK.Machine\r\n"
      "\"AgentVersion\",\"CatalogName\",\"DNSName\",\"MachineName\"\r\n"
      "\"2402\",\"Finance\",\"fin-01.corp.example\",\"CORP\\FIN-01\"\r\n"
      "\"2402\",\"Finance\",\"fin-02.corp.example\",\"CORP\\FIN-02\"\r\n");
  EXPECT_EQ(read.column, "MachineName");
  EXPECT_EQ(read.encoding, "UTF-8");
  EXPECT_EQ(read.hosts, (Hosts{"fin-01", "fin-02"}));
  EXPECT_EQ(read.rows, 2);
}

TEST(ReadMachineExport, IntuneDevicesInUtf16) {
  const std::string csv =
      "Device ID,Device name,Managed by\r\n1,DESKTOP-1,Intune\r\n2,\"DESKTOP-2\",Intune\r\n";
  for (const bool little : {true, false}) {
    const auto read = Read(Utf16(csv, little));
    EXPECT_EQ(read.column, "Device name");
    EXPECT_EQ(read.encoding, little ? "UTF-16LE" : "UTF-16BE");
    EXPECT_EQ(read.hosts, (Hosts{"desktop-1", "desktop-2"}));
  }
}

TEST(ReadMachineExport, HorizonMachines) {
  const auto read = Read("Machine;Desktop Pool;DNS Name\nhz-1;P1;hz-1.corp.example\n");
  EXPECT_EQ(read.column, "DNS Name") << "known from the View API; the other heading is not";
  EXPECT_EQ(read.separator, ';');
  EXPECT_EQ(read.hosts, Hosts{"hz-1"});
  EXPECT_EQ(Read("Desktop Pool,Machine\nP1,hz-1\n").hosts, Hosts{"hz-1"});
}

TEST(ReadMachineExport, QuotedFieldsGoOverLines) {
  const auto read = Read("Name,Description\r\na,\"one, \"\"two\"\"\nthree\"\r\nb,\"\"\r\n");
  EXPECT_EQ(read.hosts, (Hosts{"a", "b"}));
  EXPECT_EQ(read.rows, 2);
}

TEST(ReadMachineExport, CountsWhatItCannotUse) {
  const auto read = Read("sep=;\nNotes;HostName\nx;A\ny;\n\nz;a.corp.example\nshort\n");
  EXPECT_EQ(read.hosts, Hosts{"a"});
  EXPECT_EQ(read.rows, 4);
  EXPECT_EQ(read.unnamed, 2);
  EXPECT_EQ(read.repeated, 1);
}

TEST(ReadMachineExport, AnOldEncodingIsTold) {
  const auto read = Read("Name,Ort\nvdi-1,Z\xFCrich\n");
  EXPECT_EQ(read.encoding, "windows-1252");
  EXPECT_EQ(read.hosts, Hosts{"vdi-1"});
}

TEST(ReadMachineExport, AnotherColumnMayBeNamed) {
  EXPECT_EQ(Read("Name,Alias\nuser,VM-7\n", "alias").hosts, Hosts{"vm-7"});
  EXPECT_EQ(Refusal("Name,Alias\nuser,VM-7\n", "Serial"),
            "the export has no column 'Serial'; its header has 'Name', 'Alias'; say with `column` "
            "which one holds the machines' names");
}

TEST(ReadMachineExport, SaysWhatIsMissing) {
  EXPECT_EQ(Refusal(""), "the export is empty");
  EXPECT_NE(Refusal("Serial,Model\n1,2\n").find("its header has 'Serial', 'Model'"),
            std::string::npos);
  EXPECT_EQ(Refusal("Name\n\n"), "the column 'Name' of the export holds no name of a machine");
}

}  // namespace
}  // namespace vdiwatch::server::compliance
