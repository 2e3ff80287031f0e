// GET /api/v1/reports/compliance over a real store: now, in the past, and in each format.

#include <Poco/Zip/ZipArchive.h>
#include <Poco/Zip/ZipStream.h>

#include <iterator>
#include <sstream>

#include "collector/store/report_reader.h"
#include "server/compliance/scope.h"
#include "server/compliance/sheets.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using collector::Presence;
using policy::Grade;

constexpr Seconds kDay{86'400};

// Xen is fine here, and every machine needs more memory than any has.
constexpr char kLaterPolicy[] = R"(pack: later
version: "8"
source: {title: A newer page, url: https://vendor.example/vdi, as_of: 2026-11-20}
rules:
  - id: memory
    title: Enough memory
    severity: major
    require: {memory.total_mib: {ge: 999999}}
    remediation: Add memory.
---
pools:
  - name: xen
    attributes: {site: York}
    expected_members: 8
)";

class ComplianceTest : public testing::Test {
 protected:
  ComplianceTest() {
    site_.AddDesktop("finance", "fin-01", GoodFacts());
    site_.AddDesktop("finance", "fin-02", GoodFacts(), Presence::kOff);
    site_.AddDesktop("citrix", "ctx-01", XenFacts());
    site_.AddDesktop("citrix", "ctx-02", GoodFacts());
    site_.AddDesktop("citrix", "ctx-03", GoodFacts(), Presence::kStale);
    site_.AddDesktop("xen", "xen-09", XenFacts());  // has a waiver
    site_.SetPoolState("citrix", Grade::kNoncompliant, "[]");
    site_.SetPoolState("finance", Grade::kCompliant, "[]");
    site_.clock.Advance(Seconds(60));
  }

  Json Report(const std::string& query = "") {
    return site_.GetJson("/api/v1/reports/compliance" + query);
  }
  std::string Detail(const std::string& query, int status) {
    const HttpResponse response = site_.Get("/api/v1/reports/compliance" + query);
    EXPECT_EQ(response.status, status) << response.body;
    return BodyOf(response).value("detail", "");
  }

  TestSite site_;
};

TEST_F(ComplianceTest, TellsTheFleetWorstFirst) {
  const Json report = Report();
  EXPECT_EQ(report["format"], "vdiwatch-compliance/1");
  EXPECT_EQ(report["title"], "Compliance of the fleet");
  EXPECT_EQ(report["as_of"], FormatTime(kStart + Seconds(60)));
  EXPECT_EQ(report["policy"]["in_force"], true);
  EXPECT_EQ(report["policy"]["packs"][0]["source"]["as_of"], "2025-06-01");
  ASSERT_EQ(report["pools"].size(), 3u);
  const Json& citrix = report["pools"][0];
  EXPECT_EQ(citrix["name"], "citrix");
  EXPECT_EQ(citrix["grade"], "noncompliant");
  EXPECT_EQ(citrix["since"], FormatTime(kStart));
  EXPECT_EQ(citrix["desktops"], 3);
  EXPECT_EQ(citrix["reporting"], 2);
  EXPECT_EQ(citrix["noncompliant"], 1);
  EXPECT_EQ(citrix["unknown"], 1) << "the stale one";
  EXPECT_EQ(citrix["coverage"]["expected_members"], 40);
  EXPECT_EQ(citrix["coverage"]["never_reported"], 37);
  EXPECT_EQ(citrix["coverage"]["percent"], 5.0);
  EXPECT_EQ(citrix["rules"][0]["id"], "hypervisor");
  EXPECT_EQ(citrix["rules"][0]["noncompliant"], 1);
  EXPECT_EQ(citrix["reasons"][0]["text"].get<std::string>().substr(0, 17), "1 of 2 desktops: ");
  EXPECT_EQ(report["pools"][1]["name"], "xen") << "nobody judged it yet";
  EXPECT_EQ(report["pools"][2]["coverage"], nullptr);
  EXPECT_EQ(report["totals"]["desktops"], 6);
  EXPECT_EQ(report["totals"]["pools"]["noncompliant"], 1);
}

TEST_F(ComplianceTest, ListsExceptionsWithTheirReasons) {
  const Json report = Report();
  ASSERT_EQ(report["desktops"].size(), 2u);
  const Json& failing = report["desktops"][0];
  EXPECT_EQ(failing["host_name"], "ctx-01");
  EXPECT_EQ(failing["grade"], "noncompliant");
  ASSERT_EQ(failing["rules"].size(), 1u) << "info rules do not count";
  EXPECT_EQ(failing["rules"][0]["id"], "hypervisor");
  EXPECT_EQ(failing["rules"][0]["remediation"], "Move it to VMware.");
  EXPECT_FALSE(failing["rules"][0]["why"].get<std::string>().empty());
  const Json& silent = report["desktops"][1];
  EXPECT_EQ(silent["host_name"], "ctx-03");
  EXPECT_EQ(silent["grade"], "unknown");
  EXPECT_EQ(silent["note"], "It fell silent without saying goodbye.");
  EXPECT_EQ(report["left_out"], 0);
  const Json cut = Report("?limit=1");
  EXPECT_EQ(cut["desktops"].size(), 1u);
  EXPECT_EQ(cut["left_out"], 1);
  EXPECT_EQ(cut["totals"], report["totals"]) << "counts are complete";
}

TEST_F(ComplianceTest, TellsWaiversInForce) {
  const Json report = Report("?scope=pool:xen");
  ASSERT_EQ(report["waivers"].size(), 1u) << "the expired and the scheduled one are not in force";
  EXPECT_EQ(report["waivers"][0]["id"], "lab");
  EXPECT_EQ(report["waivers"][0]["desktops"], 1);
  EXPECT_EQ(report["pools"][0]["rules"][0]["waived"], 1);
  EXPECT_TRUE(report["desktops"].empty());
}

TEST_F(ComplianceTest, IsAboutAPoolOrASite) {
  const Json pool = Report("?scope=pool:finance");
  EXPECT_EQ(pool["title"], "Compliance of pool finance");
  EXPECT_EQ(pool["pools"].size(), 1u);
  const Json site = Report("?scope=attribute:site%3DLeeds");
  ASSERT_EQ(site["pools"].size(), 1u);
  EXPECT_EQ(site["pools"][0]["name"], "citrix");
  EXPECT_EQ(site["scope"]["attribute"], "site");
  EXPECT_EQ(Detail("?scope=pool:nowhere", 404),
            "There was no pool named 'nowhere' at " + FormatTime(kStart + Seconds(60)) + ".");
  EXPECT_EQ(Detail("?scope=attribute:site%3DRome", 404).substr(0, 14), "There was no p");
  EXPECT_EQ(Detail("?scope=pool", 400),
            "scope cannot be 'pool'; it is fleet, pool:NAME or attribute:KEY=VALUE");
}

// The whole of "as of 1 November, under the policy of that day".
TEST_F(ComplianceTest, APastDayIsTheSameOnceTheWorldHasMovedOn) {
  const std::string day = FormatTime(kStart).substr(0, 10);
  const std::string at = "?at=" + FormatTime(kStart + Seconds(60));
  Json then = Report(at);
  const auto set = policy::LoadPolicy({{"later.yaml", kLaterPolicy}}).set;
  EXPECT_TRUE(
      site_.database.store
          ->SavePolicySet(set.digest, Json{{"later.yaml", kLaterPolicy}}.dump(), kStart + 2 * kDay)
          .has_value());
  auto summary = site_.database.reader->DesktopsByHost("ctx-01");
  ASSERT_TRUE(summary.has_value());
  collector::Changes changes;
  changes.at = kStart + 3 * kDay;
  changes.desktops.push_back(summary->at(0).desktop);
  changes.desktops[0].presence = Presence::kRetired;
  ASSERT_TRUE(site_.database.store->Commit(changes).has_value());
  site_.clock.Advance(5 * kDay);

  Json later = Report(at);
  EXPECT_EQ(later["desktops"][0]["last_seen"], nullptr) << "of then, nobody knows";
  for (Json* report : {&then, &later}) {
    report->erase("made_at");
    for (Json& desktop : (*report)["desktops"]) desktop.erase("last_seen");
  }
  EXPECT_EQ(later, then);
  EXPECT_EQ(Report("?at=" + day)["as_of"], day + "T23:59:59Z");

  const Json now = Report("?scope=attribute:site%3DYork");
  EXPECT_EQ(now["policy"]["digest"], set.digest);
  EXPECT_EQ(now["policy"]["in_force_since"], FormatTime(kStart + 2 * kDay));
  EXPECT_EQ(now["policy"]["packs"][0]["source"]["as_of"], "2026-11-20");
  EXPECT_EQ(now["pools"][0]["rules"][0]["id"], "memory");
  EXPECT_EQ(now["pools"][0]["coverage"]["expected_members"], 8);
  EXPECT_EQ(Report("?scope=pool:citrix")["pools"][0]["desktops"], 2) << "one is retired";
}

TEST_F(ComplianceTest, RefusesMomentsThatItCannotTell) {
  EXPECT_EQ(Detail("?at=2026-13-01", 400).substr(0, 26), "at cannot be '2026-13-01';");
  EXPECT_EQ(Detail("?at=2036-01-01", 400), "at: 2036-01-01 is in the future");
  EXPECT_EQ(Detail("?at=2026-11-01T00:00:00Z", 404),
            "no policy set was in force at 2026-11-01T00:00:00Z");
  EXPECT_EQ(Detail("?at=2020-01-01", 400).substr(0, 24), "at: history is kept sinc");
  EXPECT_EQ(Detail("?format=pdf", 400), "format cannot be 'pdf'; it is json, csv or xlsx");
  EXPECT_EQ(Detail("?format=csv&part=all", 400),
            "part cannot be 'all'; it is pools, rules, desktops or waivers");
  EXPECT_EQ(Detail("?part=pools", 400), "part goes with format=csv alone");
  EXPECT_EQ(Detail("?limit=100001", 400), "limit must be a number from 0 to 100000");
}

TEST_F(ComplianceTest, CsvIsATableOfItsOwn) {
  const HttpResponse pools = site_.Get("/api/v1/reports/compliance?format=csv");
  EXPECT_EQ(pools.status, 200);
  EXPECT_EQ(pools.Header("Content-Type"), "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(pools.Header("Content-Disposition"),
            "attachment; filename=\"vdiwatch-compliance-fleet-pools-" +
                FormatTime(kStart).substr(0, 10) + ".csv\"");
  EXPECT_EQ(pools.body.substr(0, 40), "pool,grade,since,docker,attributes,deskt");
  EXPECT_NE(pools.body.find("\r\n\"citrix\",\"noncompliant\","), std::string::npos);
  EXPECT_NE(pools.body.find("test 7 (source as of 2025-06-01)\"\r\n"), std::string::npos);
  const HttpResponse desktops = site_.Get("/api/v1/reports/compliance?format=csv&part=desktops");
  EXPECT_NE(desktops.body.find("\r\n\"ctx-01\","), std::string::npos);
}

TEST_F(ComplianceTest, EveryDesktopOfAPoolIsCountedInItsRow) {
  const std::string csv = site_.Get("/api/v1/reports/compliance?format=csv&scope=pool:citrix").body;
  EXPECT_NE(csv.find(",compliant,conditional,unknown,noncompliant,waived,not_applicable,unjudged,"),
            std::string::npos);
  const Json pool = site_.GetJson("/api/v1/reports/compliance?scope=pool:citrix")["pools"][0];
  std::string counts;
  for (const char* count : {"compliant", "conditional", "unknown", "noncompliant", "waived",
                            "not_applicable", "unjudged"}) {
    counts += "," + pool[count].dump();
  }
  EXPECT_NE(csv.find(counts + ","), std::string::npos) << counts << csv;
}

std::string FileIn(const std::string& zip, const std::string& name) {
  std::istringstream in(zip);
  const Poco::Zip::ZipArchive archive(in);
  const auto header = archive.findHeader(name);
  if (header == archive.headerEnd()) return "";
  in.clear();
  Poco::Zip::ZipInputStream file(in, header->second);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(ComplianceTest, XlsxIsAWorkbookWithoutFormulas) {
  site_.AddDesktop("finance", "=cmd|'/c calc'!a1", XenFacts());
  const HttpResponse response = site_.Get("/api/v1/reports/compliance?format=xlsx");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("Content-Type"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  const std::string book = FileIn(response.body, "xl/workbook.xml");
  for (const char* sheet : {"report", "pools", "rules", "desktops", "waivers"}) {
    EXPECT_NE(book.find("name=\"" + std::string(sheet) + "\""), std::string::npos) << sheet;
  }
  const std::string texts = FileIn(response.body, "xl/sharedStrings.xml");
  EXPECT_NE(texts.find("Compliance of the fleet"), std::string::npos);
  EXPECT_NE(texts.find("=cmd|"), std::string::npos) << "as text";
  const std::string desktops = FileIn(response.body, "xl/worksheets/sheet4.xml");
  EXPECT_NE(desktops.find("<row r=\"4\""), std::string::npos);
  EXPECT_EQ(desktops.find("<f>"), std::string::npos);
}

// W3C, XML 1.0 §2.2: a workbook with one such character opens nowhere.
TEST_F(ComplianceTest, XlsxHoldsNoCharacterThatXmlMayNot) {
  site_.AddDesktop("finance", "a\xEF\xBF\xBE\xEF\xBF\xBF\x01z", XenFacts());
  site_.AddDesktop("finance", std::string(40'000, 'n'), XenFacts());
  const HttpResponse response = site_.Get("/api/v1/reports/compliance?format=xlsx");
  ASSERT_EQ(response.status, 200) << response.body;
  const std::string texts = FileIn(response.body, "xl/sharedStrings.xml");
  EXPECT_NE(texts.find("a???z"), std::string::npos);
  for (const char* illegal : {"\xEF\xBF\xBE", "\xEF\xBF\xBF", "\x01"}) {
    EXPECT_EQ(texts.find(illegal), std::string::npos);
  }
}

TEST(ParseAsOf, ADayEndsWithIt) {
  const Time now = FromUnix(1'795'000'000);  // 2026-11-18T10:26:40Z
  EXPECT_EQ(*compliance::ParseAsOf("", now), now);
  EXPECT_EQ(*compliance::ParseAsOf("2026-11-18", now), now);
  EXPECT_EQ(FormatTime(*compliance::ParseAsOf("2026-11-01", now)), "2026-11-01T23:59:59Z");
  EXPECT_FALSE(compliance::ParseAsOf("2026-11-19", now).has_value());
  EXPECT_FALSE(compliance::ParseAsOf("yesterday", now).has_value());
}

}  // namespace
}  // namespace vdiwatch::server
