#include "policy/membership.h"

#include <gtest/gtest.h>

#include "policy/parse.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

constexpr auto kPools =
    "pools:\n"
    "  - {name: plain}\n"
    "  - {name: berlin, match: {claims.host_name: {matches: ^ber-}, platform.kind: vmware}}\n"
    "  - {name: azure, match: {platform.kind: azure}}\n"
    "  - {name: vmware, match: {platform.kind: vmware}}\n";

std::string Pool(const Facts& facts, const PoolAttributes& claims, std::string_view home,
                 std::string_view now, std::string_view pools = kPools) {
  return PoolFor(GoodSet(pools), {facts, claims, home, now});
}

TEST(Membership, TheFirstMatchWinsOverTheToken) {
  Facts vmware = {{"platform.kind", Known("vmware")}};
  EXPECT_EQ(Pool(vmware, {{"host_name", "ber-01"}}, "plain", "plain"), "berlin");
  EXPECT_EQ(Pool(vmware, {{"host_name", "ham-01"}}, "plain", "plain"), "vmware");
  EXPECT_EQ(Pool(vmware, {}, "plain", "plain"), "vmware") << "an absent claim matches nothing";
}

TEST(Membership, WithoutAMatchTheTokenDecides) {
  Facts xen = {{"platform.kind", Known("xen")}, {"vdi.pool", Known("Win11 Pool")}};
  EXPECT_EQ(Pool(xen, {}, "plain", "berlin"), "plain");
}

TEST(Membership, TheBrokerDecidesForTokensWithoutAPool) {
  Facts told = {{"platform.kind", Known("xen")}, {"vdi.pool", Known(" Win11 Pool ")}};
  EXPECT_EQ(Pool(told, {}, kUnassignedPool, kUnassignedPool), "Win11 Pool");
  EXPECT_EQ(Pool(told, {}, kUnassignedPool, "Win10 Pool"), "Win11 Pool");
  for (const char* unfit : {"", " ", "a\nb"}) {
    told["vdi.pool"] = Known(unfit);
    EXPECT_EQ(Pool(told, {}, kUnassignedPool, "Win10 Pool"), "Win10 Pool") << unfit;
  }
}

TEST(Membership, AMissingReadingMovesNobody) {
  for (Missing why :
       {Missing::kAbsent, Missing::kDenied, Missing::kFailed, Missing::kNotGathered}) {
    Facts facts = {{"platform.kind", Known("xen")}, {"vdi.pool", Unknown(why)}};
    EXPECT_EQ(Pool(facts, {}, kUnassignedPool, "Win11 Pool"), "Win11 Pool");
  }
  Facts unknown = {{"platform.kind", Unknown(Missing::kDenied)}};
  EXPECT_EQ(Pool(unknown, {}, "plain", "azure"), "azure") << "it may still match";
  EXPECT_EQ(Pool(unknown, {}, "plain", "plain"), "plain") << "it need not match";
}

TEST(Members, AreReadFromWhatBrokersAndIntuneExport) {
  std::vector<Diagnostic> diagnostics;
  ParseContext context{"m.csv", diagnostics};
  using Hosts = std::vector<std::string>;
  const Hosts expected = {"fin-01", "fin-02"};
  EXPECT_EQ(ParseMembers("fin-02\nFIN-01\nfin-01\n", context), expected);
  EXPECT_EQ(ParseMembers("\xEF\xBB\xBFHostName\r\nfin-01\r\nfin-02\r\n", context), expected);
  EXPECT_EQ(ParseMembers("#TYPE Citrix.Broker\n\"SessionState\",\"MachineName\",\"DNSName\"\n"
                         "\"On\",\"CORP\\FIN-01\",\"fin-01.corp.example\"\n"
                         ",\"CORP\\FIN-02\",\n",
                         context),
            expected);
  EXPECT_EQ(
      ParseMembers("Device ID;Device name;Owner\n1;fin-01;\"Doe; Jane\"\n2;fin-02;x\n", context),
      expected);
  EXPECT_EQ(ParseMembers("name\n\"a \"\"quoted\"\" one\",x\n", context), Hosts{"a \"quoted\" one"});
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(ParseMembers("HostName\n\n", context), Hosts{});
  EXPECT_EQ(ParseMembers("\xff\xfe", context), Hosts{});
  EXPECT_EQ(diagnostics.size(), 2u);
}

TEST(Members, TheLineOfExcelNamesTheSeparator) {
  std::vector<Diagnostic> diagnostics;
  ParseContext context{"m.csv", diagnostics};
  EXPECT_EQ(ParseMembers("sep=;\r\nId;DeviceName\r\n1;fin-01\r\n", context),
            std::vector<std::string>{"fin-01"});
  EXPECT_TRUE(diagnostics.empty());
}

TEST(Members, SaysWhereAListIsNone) {
  const auto said = [](std::string_view text) {
    std::vector<Diagnostic> diagnostics;
    ParseMembers(text, ParseContext{"m.csv", diagnostics});
    return diagnostics.size() == 1 ? ToString(diagnostics[0]) : "";
  };
  EXPECT_EQ(said("host_name\nfin-01\nf\xE9\n"),
            "m.csv:3:2: the byte 0xE9 is not UTF-8 text; save the file as UTF-8");
  EXPECT_EQ(said(std::string_view("a\nb\0c\n", 6)), "m.csv:2:2: a NUL byte: this is no text");
  EXPECT_EQ(said(std::string_view("h\0o\0", 4)), "m.csv:1:1: the file is UTF-16; save it as UTF-8");
  EXPECT_EQ(said("Name of the computer,Site\nfin-01,Berlin\n").substr(0, 34),
            "m.csv:1:1: no column is called hos");
}

TEST(Members, StandInAFileBesideThePools) {
  PolicyFile pools{"dir/p.yaml", "pools: [{name: x, expected_members: m.csv}]\n"};
  auto good = LoadPolicy({pools, {"dir/m.csv", "a\nb\n"}, {"other/m.csv", "c\n"}});
  EXPECT_TRUE(good.diagnostics.empty());
  EXPECT_EQ(good.set.pools[0].expected_members, 2);
  EXPECT_EQ(good.set.pools[0].expected_hosts, (std::vector<std::string>{"a", "b"}));
  EXPECT_NE(good.set.digest, LoadPolicy({pools, {"dir/m.csv", "a\n"}}).set.digest);
  EXPECT_EQ(MistakesIn({pools, {"dir/n.csv", "a\n"}}),
            "dir/p.yaml:1:37: there is no list 'm.csv' among the files beside this one; did you "
            "mean 'n.csv'?\n");
  EXPECT_EQ(MistakesIn({pools, {"dir/m.csv", "\n"}}),
            "dir/m.csv:1:1: the file holds no host name\n");
}

}  // namespace
}  // namespace vdiwatch::policy
