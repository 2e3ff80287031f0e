// `vdiwatch rule` and `vdiwatch report` against a running daemon.
#include <fstream>
#include <iterator>
#include <sstream>

#include "server/cli.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

class CliReportTest : public testing::Test {
 protected:
  CliReportTest() {
    daemon_.Init();
    const auto started = daemon_.Start();
    EXPECT_TRUE(started.has_value()) << started.error().message;
    EXPECT_TRUE(daemon_.app().database().store->EnsurePool("finance").has_value());
    profile_ = daemon_.Profile("operator");
  }
  Ran Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--profile", profile_});
    return RunCli(std::move(arguments));
  }
  static std::string Read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TestDaemon daemon_;
  std::string profile_;
};

TEST_F(CliReportTest, RulesAreListedAndShown) {
  const Ran list = Run({"rule", "list"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_NE(list.out.find("docker-desktop-vdi"), std::string::npos);
  EXPECT_NE(list.out.find("hypervisor-supported"), std::string::npos);
  const Ran show = Run({"rule", "show", "hypervisor-supported"});
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_NE(show.out.find("What to do"), std::string::npos);
  EXPECT_NE(show.out.find(", as of 20"), std::string::npos) << show.out;
  const Ran json = Run({"rule", "show", "hypervisor-supported", "--json"});
  EXPECT_EQ(Json::parse(json.out)["id"], "hypervisor-supported");
  const Ran near = Run({"rule", "show", "hypervisor-suported"});
  EXPECT_NE(near.code, 0);
  EXPECT_NE(near.err.find("did you mean 'hypervisor-supported'?"), std::string::npos) << near.err;
}

TEST_F(CliReportTest, AReportIsATableJsonCsvOrAWorkbook) {
  const Ran table = Run({"report", "compliance"});
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_NE(table.out.find("Compliance of the fleet, as of "), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("finance"), std::string::npos);
  EXPECT_EQ(table.err, "") << "no progress where nobody looks";
  const Ran json = Run({"report", "compliance", "--json", "--scope", "pool:finance"});
  EXPECT_EQ(Json::parse(json.out)["scope"]["pool"], "finance");
  const Ran csv = Run({"report", "compliance", "--format", "csv", "--part", "rules"});
  EXPECT_EQ(csv.out.substr(0, 10), "pool,rule,") << csv.err;
  const std::string file = (daemon_.directory().path() / "report.xlsx").string();
  const Ran book = Run({"report", "compliance", "--format", "xlsx", "--out", file});
  EXPECT_EQ(book.code, 0) << book.err;
  EXPECT_EQ(Read(file).substr(0, 2), "PK");
  const auto misused = [&](std::vector<std::string> more, const std::string& why) {
    more.insert(more.begin(), {"report", "compliance"});
    const Ran ran = Run(more);
    EXPECT_EQ(ran.code, 64);
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "");
  };
  misused({"--format", "xlsx"}, "--out FILE");
  misused({"--json", "--format", "csv"}, "--json prints JSON, and --format says csv");
  misused({"--json", "--format", "xlsx", "--out", "x"}, "--json prints JSON");
  misused({"--part", "rules"}, "--part goes with --format csv alone");
  misused({"--at", "yesterday"}, "'yesterday' is no day or time");
  const Ran late = Run({"report", "compliance", "--at", "2199-01-01"});
  EXPECT_NE(late.err.find("in the future"), std::string::npos) << late.err;
}

TEST_F(CliReportTest, AnExportIsComparedAndItsNamesAreWritten) {
  const std::string csv =
      daemon_.directory().Write("intune.csv", "Device name,OS\nVDI-1,W\nvdi-0,W\n").string();
  const std::string members = (daemon_.directory().path() / "members.csv").string();
  const Ran ran = Run({"report", "reconcile", csv, "--write-members", members});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("2 machines in the column 'Device name' (UTF-8)"), std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find("never reported  vdi-1"), std::string::npos) << ran.out;
  EXPECT_EQ(Read(members), "host_name\nvdi-0\nvdi-1\n");
  const Ran json = Run({"report", "reconcile", csv, "--json"});
  EXPECT_EQ(Json::parse(json.out)["counts"]["never_reported"], 2);
}

TEST_F(CliReportTest, WithoutAMailServerNothingIsScheduled) {
  const Ran list = Run({"report", "schedule", "list"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_NE(list.out.find("no smtp sink in alerts.yaml"), std::string::npos) << list.out;
  const Ran create = Run({"report", "schedule", "create", "--name", "Weekly", "--sink", "mail",
                          "--to", "a@corp.example", "--days", "mon,thu", "--time", "07:00"});
  EXPECT_NE(create.err.find("there is no smtp sink 'mail'"), std::string::npos) << create.err;
}

TEST(Progress, GoesToATerminalAlone) {
  std::ostringstream out, err;
  {
    const Terminal terminal{out, err, false, 100, true};
    Progress progress(terminal);
    progress.Show("desktops", 12, 24);
  }
  EXPECT_EQ(err.str(), "\r\x1b[Kdesktops [############------------] 12 of 24\r\x1b[K");
  err.str("");
  const Terminal plain{out, err, false, 100, false};
  Progress(plain).Show("desktops", 1, 2);
  EXPECT_EQ(err.str(), "");
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace vdiwatch::server
