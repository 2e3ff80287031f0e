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

// Excel writes sep=, Export-Csv writes #TYPE, and people put one before the other.
TEST(ReadMachineExport, WhatStandsBeforeTheHeader) {
  for (const char* before : {"sep=;\r\n#TYPE Machine\r\n", "#TYPE Machine\r\nsep=;\r\n",
                             "\r\nSEP=;\r\n\r\n#TYPE Machine\r\n"}) {
    const auto read = Read(std::string(before) + "Notes;Name\r\n\"a, b\";vdi-1\r\n");
    EXPECT_EQ(read.hosts, Hosts{"vdi-1"}) << before;
    EXPECT_EQ(read.separator, ';');
  }
  EXPECT_EQ(Read("sep=\t\nNotes\tName\na;b\tvdi-1\n").hosts, Hosts{"vdi-1"});
  EXPECT_EQ(Refusal("#TYPE x\nsep=\"\nName\nvdi-1\n"),
            "line 2 of the export: sep= must name what separates the fields, such as sep=;");
}

TEST(ReadMachineExport, LinesOfOldMacsEnd) {
  const auto read = Read("Name,Site\rvdi-1,\"Le\reds\"\rvdi-2,York\r");
  EXPECT_EQ(read.hosts, (Hosts{"vdi-1", "vdi-2"}));
  EXPECT_EQ(read.rows, 2);
}

TEST(ReadMachineExport, AQuoteInPlainTextStandsForItself) {
  EXPECT_EQ(Read("Name,Size\nvdi-1,19\" wide\nvdi-2,\n").hosts, (Hosts{"vdi-1", "vdi-2"}));
  EXPECT_EQ(Read("Name,Size\n\"vdi-1\" ,2\n").hosts, Hosts{"vdi-1"}) << "blanks do no harm";
}

TEST(ReadMachineExport, BrokenQuotesAreToldByTheirLine) {
  EXPECT_EQ(Refusal("#TYPE x\nName,Notes\na,\"two\nlines\"\nb,\"never\nc,d\n"),
            "line 5 of the export: a quote is opened here and never closed");
  EXPECT_EQ(Refusal("Name\n\"a\"\n\"b\"junk,x\n"),
            "line 3 of the export: 'junk' stands behind a closing quote; a quote inside quotes is "
            "written twice");
  EXPECT_EQ(Refusal("\"Name"), "line 1 of the export: a quote is opened here and never closed");
}

TEST(ReadMachineExport, ANulIsNoText) {
  using namespace std::string_view_literals;
  for (const std::string_view bytes :
       {"Name\nvdi-1\0\n"sv, "Name\n\0v\0d\0i\0\n"sv, "\xFF\xFEN\0a\0m\0e\0\n\0\0\0\n\0"sv}) {
    EXPECT_EQ(Refusal(bytes),
              "line 2 of the export: a NUL byte: this is no text, or UTF-16 without a byte order "
              "mark; save it as UTF-8");
  }
}

TEST(ReadMachineExport, WhatNobodySeesInANameIsToldByItsLine) {
  EXPECT_EQ(Refusal("Name,Notes\na,\"two\nlines\"\nb\x1b[2J,\n"),
            "line 4 of the export: the name 'b?[2j' holds a control or invisible character");
  EXPECT_EQ(Refusal("Name\n\"a\nb\"\n"),
            "line 2 of the export: the name 'a?b' holds a control or invisible character");
  EXPECT_EQ(Refusal("Name\nfin\xE2\x80\x8B-1\n"),
            "line 2 of the export: the name 'fin?-1' holds a control or invisible character");
  EXPECT_EQ(Read("Name,Notes\nfin-1,\x1b[2J\n").hosts, Hosts{"fin-1"}) << "no name";
}

TEST(ReadMachineExport, MoreFieldsThanTheHeaderHasAreToldByTheirLine) {
  EXPECT_EQ(Refusal("Name,Site\na,x\nb,Leeds, UK\n"),
            "line 3 of the export: it has 3 fields, and the header 2");
  EXPECT_EQ(Read("Name,Site\na,x,,\n").hosts, Hosts{"a"}) << "empty ones do no harm";
}

TEST(ReadMachineExport, TwoColumnsOfOneNameAreNoChoice) {
  EXPECT_EQ(Refusal("Name,Site,name\na,x,b\n"),
            "the export has two columns 'name'; rename one of them");
  EXPECT_EQ(Refusal("Host Name,Alias,alias\na,x,b\n", "Alias"),
            "the export has two columns 'alias'; rename one of them");
  EXPECT_EQ(Read("Name,Site,site\na,x,b\n").hosts, Hosts{"a"}) << "only what is read";
}

TEST(ReadMachineExport, AnAddressIsNoHostNameWithADomain) {
  EXPECT_EQ(Read("Name\n10.0.0.1\n10.0.0.2\n10.example\n1.2.3.400\n").hosts,
            (Hosts{"1", "10", "10.0.0.1", "10.0.0.2"}));
}

TEST(ReadMachineExport, SaysWhatIsMissing) {
  EXPECT_EQ(Refusal(""), "the export is empty");
  EXPECT_NE(Refusal("Serial,Model\n1,2\n").find("its header has 'Serial', 'Model'"),
            std::string::npos);
  EXPECT_EQ(Refusal("Name\n\n"), "the column 'Name' of the export holds no name of a machine");
}

}  // namespace
}  // namespace vdiwatch::server::compliance
