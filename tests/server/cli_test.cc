#include "server/cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>
#include <streambuf>

#include "base/text.h"
#include "report/messages.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

// One line on stderr, nothing on stdout, and this exit code.
void ExpectOneLine(const Ran& ran, int code, const std::string& part) {
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
  EXPECT_TRUE(ran.err.starts_with("vdiwatch: ")) << ran.err;
  EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
}

TEST(CliTest, UsageErrorsAre64) {
  ExpectOneLine(RunCli({}), 64, "subcommand");
  ExpectOneLine(RunCli({"polcy"}), 64, "did you mean 'policy'?");
  ExpectOneLine(RunCli({"--no-such-flag"}), 64, "--no-such-flag");
  ExpectOneLine(RunCli({"serve"}), 64, "--config");
  ExpectOneLine(RunCli({"token", "create", "--config", "x"}), 64, "--pool");
  ExpectOneLine(RunCli({"desktop", "list", "--limit", "0"}), 64, "--limit");
}

// A full disk, or a pipe that nobody reads.
struct Unwritable : std::streambuf {
  int_type overflow(int_type) override { return traits_type::eof(); }
};

TEST(CliTest, LostOutputIsAnError) {
  Unwritable nowhere;
  std::ostream out(&nowhere);
  std::ostringstream err;
  EXPECT_EQ(RunCommandLine({"--version"}, {out, err}), 74);
  EXPECT_EQ(err.str(), "vdiwatch: cannot write the standard output\n");
}

// `vdiwatch … | head` in a process of its own.
int RunWithoutReader() {
  int ends[2];
  if (pipe(ends) != 0 || close(ends[0]) != 0 || dup2(ends[1], STDOUT_FILENO) < 0) return 1;
  std::signal(SIGPIPE, SIG_IGN);
  std::ostringstream err;
  const int code = RunCommandLine({"--version"}, {std::cout, err});
  return err.str().empty() ? code : 2;
}

TEST(CliTest, AReaderThatWentAwayIsNoComplaint) {
  EXPECT_EXIT(_exit(RunWithoutReader()), testing::ExitedWithCode(141), "");
}

TEST(CliTest, HelpAndVersionGoToStdout) {
  const Ran version = RunCli({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "vdiwatch " VDIWATCH_VERSION "\n");
  const Ran help = RunCli({"token", "create", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("--max-uses"), std::string::npos);
  EXPECT_EQ(help.err, "");
}

TEST(CliTest, InitMakesEverythingOnce) {
  TestDaemon daemon;
  const Ran made = RunCli({"init", "--config", daemon.config_file(), "--admin", "root"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.out.find("administrator:         root\n"), std::string::npos) << made.out;
  EXPECT_NE(made.out.find("password, shown once:  "), std::string::npos) << made.out;
  EXPECT_TRUE(std::filesystem::exists(daemon.ca_file()));
  const auto rights = std::filesystem::status(daemon.data_dir()).permissions();
  EXPECT_EQ(rights & std::filesystem::perms::others_all, std::filesystem::perms::none);
  ExpectOneLine(RunCli({"init", "--config", daemon.config_file()}), 70, "set up already");
}

TEST(CliTest, AShortPasswordIsRefused) {
  TestDaemon daemon;
  const auto file = daemon.directory().Write("password", "secret\n");
  const Ran ran =
      RunCli({"init", "--config", daemon.config_file(), "--password-file", file.string()});
  ExpectOneLine(ran, 65, "12");
  EXPECT_EQ(ran.err.find("secret"), std::string::npos);
}

TEST(CliTest, ATokenThatNobodyCanMeanIsOneLine) {
  TestDaemon daemon;
  daemon.Init();
  const auto create = [&](const std::string& pool, const std::string& uses) {
    return RunCli(
        {"token", "create", "--config", daemon.config_file(), "--pool", pool, "--max-uses", uses});
  };
  ExpectOneLine(create("finance", "-1"), 64, "-1");
  ExpectOneLine(create("\xE2\x80\xAE"
                       "ecnanif",
                       "1"),
                65, "invisible character U+202E");
  ExpectOneLine(create("fin\nance", "1"), 65, "one line of text");
}

TEST(CliTest, TokensAreMadeListedAndRevoked) {
  TestDaemon daemon;
  daemon.Init();
  const Ran made = RunCli({"token", "create", "--config", daemon.config_file(), "--pool", "finance",
                           "--expires", "12h", "--max-uses", "3", "--note", "pilot"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(made.out.starts_with("vdw_enrol_"));
  EXPECT_EQ(std::ranges::count(made.out, '\n'), 1) << "nothing but the token";
  const Ran listed = RunCli({"token", "list", "--config", daemon.config_file()});
  EXPECT_NE(listed.out.find("finance  valid"), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("0/3"), std::string::npos);
  EXPECT_EQ(listed.out.find("vdw_enrol_"), std::string::npos);
  const std::string row = listed.out.substr(listed.out.find('\n') + 1);
  const std::string id = row.substr(0, row.find(' '));
  EXPECT_EQ(RunCli({"token", "revoke", "--config", daemon.config_file(), "--id", id}).code, 0);
  EXPECT_NE(RunCli({"token", "list", "--config", daemon.config_file()}).out.find("revoked"),
            std::string::npos);
  ExpectOneLine(RunCli({"token", "revoke", "--config", daemon.config_file(), "--id", "7"}), 65,
                "7");
  ExpectOneLine(RunCli({"token", "create", "--config", daemon.config_file(), "--pool", "p",
                        "--expires", "soon"}),
                64, "soon");
}

TEST(CliTest, UsersAreAddedAndGetNewPasswords) {
  TestDaemon daemon;
  daemon.Init();
  const std::string config = daemon.config_file();
  const Ran added =
      RunCli({"user", "add", "--config", config, "--name", "ada", "--role", "operator"});
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_NE(added.out.find("ada (operator)"), std::string::npos);
  ExpectOneLine(RunCli({"user", "add", "--config", config, "--name", "ada"}), 70, "ada");
  ExpectOneLine(RunCli({"user", "add", "--config", config, "--name", "bob", "--role", "king"}), 64,
                "king");
  ExpectOneLine(RunCli({"user", "add", "--config", config, "--name",
                        "bo\xE2\x80\x8B"
                        "b"}),
                65, "invisible character U+200B");
  ExpectOneLine(RunCli({"user", "add", "--config", config, "--name", "token:x"}), 65, "token:x");
  EXPECT_EQ(RunCli({"user", "password", "--config", config, "--name", "ada"}).code, 0);
  ExpectOneLine(RunCli({"user", "password", "--config", config, "--name", "eve"}), 65, "eve");
}

TEST(CliTest, PoolsAreListedFromTheDaemon) {
  TestDaemon daemon;
  daemon.Init();
  ASSERT_TRUE(daemon.Start());
  const std::string profile = daemon.Profile();
  RunCli({"token", "create", "--config", daemon.config_file(), "--pool", "finance"});
  const Ran listed = RunCli({"pool", "list", "--profile", profile});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_NE(listed.out.find("unknown  finance"), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("BAD  WAIV  STALE"), std::string::npos) << listed.out;
  const Ran json = RunCli({"pool", "list", "--profile", profile, "--json"});
  EXPECT_EQ(Json::parse(json.out)["pools"][0]["name"], "finance");
  const Ran shown = RunCli({"pool", "show", "finance", "--profile", profile});
  EXPECT_TRUE(shown.out.starts_with("finance: unknown")) << shown.out;
  ExpectOneLine(RunCli({"pool", "show", "nowhere", "--profile", profile}), 65, "nowhere");
  ExpectOneLine(RunCli({"desktop", "show", "nobody", "--profile", profile}), 65, "nobody");
  EXPECT_EQ(RunCli({"desktop", "list", "--profile", profile}).out, "No such desktops.\n");
}

TEST(CliErrors, ServeNamesWhatIsMissing) {
  TestDaemon daemon;
  ExpectOneLine(RunCli({"serve", "--config", "/nowhere/vdiwatch.yaml"}), 65,
                "/nowhere/vdiwatch.yaml");
  ExpectOneLine(RunCli({"serve", "--config", daemon.config_file()}), 65,
                (daemon.directory().path() / "data").string() + " does not exist");
}

TEST(CliErrors, BadYamlIsToldWithItsPlace) {
  TestDaemon daemon;
  daemon.directory().Write("vdiwatch.yaml", "data_dir: d\nagents: {listen: here}\n");
  ExpectOneLine(RunCli({"serve", "--config", daemon.config_file()}), 65,
                daemon.config_file() + ":2:18: ");
}

TEST(CliErrors, ABadPolicyAtStartIsRefusedWithItsPlace) {
  TestDaemon daemon;
  daemon.Init();
  std::filesystem::create_directory(daemon.directory().path() / "policy");
  daemon.directory().Write("policy/own.yaml", "pack: own\nrules: nonsense\n");
  daemon.Configure("policy_dir: policy\n");
  ExpectOneLine(RunCli({"serve", "--config", daemon.config_file()}), 65, "own.yaml:2:8: ");
}

TEST(CliErrors, AStoreThatIsNoneIsRefused) {
  TestDaemon daemon;
  daemon.Init();
  for (const char* left : {"vdiwatch.db-wal", "vdiwatch.db-shm"}) {
    std::filesystem::remove(daemon.data_dir() / left);
  }
  daemon.directory().Write("data/vdiwatch.db", std::string(8192, 'x'));
  ExpectOneLine(RunCli({"serve", "--config", daemon.config_file()}), 65,
                "vdiwatch.db: not a database");
}

TEST(CliErrors, AStoreOfANewerVersionIsRefused) {
  TestDaemon daemon;
  daemon.Init();
  // The schema's number stands at byte 60 of the file, big-endian (sqlite.org/fileformat.html).
  std::fstream file(daemon.data_dir() / "vdiwatch.db", std::ios::in | std::ios::out);
  file.seekp(60).write("\0\1\0\0", 4);
  file.close();
  ExpectOneLine(RunCli({"serve", "--config", daemon.config_file()}), 70, "newer vdiwatch");
}

TEST(CliErrors, APortInUseIsNamed) {
  TestDaemon first, second;
  first.Init();
  second.Init();
  ASSERT_TRUE(first.Start());
  const std::string people = fmt::format("127.0.0.1:{}", first.app().people_port());
  second.Configure("agents: {listen: '127.0.0.1:0'}\npeople: {listen: '" + people + "'}\n");
  ExpectOneLine(RunCli({"serve", "--config", second.config_file()}), 69, people);
  const std::string agents = fmt::format("127.0.0.1:{}", first.app().agents_port());
  second.Configure("agents: {listen: '" + agents + "'}\npeople: {listen: '127.0.0.1:0'}\n");
  ExpectOneLine(RunCli({"serve", "--config", second.config_file()}), 69, agents);
}

TEST(CliErrors, ACertificateThatIsNoneIsNamed) {
  TestDaemon daemon;
  daemon.Init();
  daemon.directory().Write("bad.pem", "no certificate\n");
  daemon.Configure(
      "agents: {listen: '127.0.0.1:0'}\n"
      "people: {listen: '127.0.0.1:0', certificate: bad.pem, key: bad.pem}\n");
  ExpectOneLine(RunCli({"serve", "--config", daemon.config_file()}), 65, "bad.pem");
}

class RemoteErrors : public testing::Test {
 protected:
  RemoteErrors() {
    daemon_.Init();
    EXPECT_TRUE(daemon_.Start());
    profile_ = daemon_.Profile();
  }
  std::string ProfileWith(const std::string& server, const std::string& ca_file,
                          const std::string& token) {
    const std::string file = (daemon_.directory().path() / "other.yaml").string();
    EXPECT_EQ(RunCli({"profile", "set", "--profile", file, "--server", server, "--ca-file", ca_file,
                      "--token", token})
                  .code,
              0);
    return file;
  }

  TestDaemon daemon_;
  std::string profile_;
};

TEST_F(RemoteErrors, AWrongToken) {
  const std::string profile = ProfileWith(daemon_.people_url(), daemon_.ca_file(), "vdw_api_no");
  const Ran ran = RunCli({"pool", "list", "--profile", profile});
  ExpectOneLine(ran, 77, "token is not accepted");
  EXPECT_EQ(ran.err.find("vdw_api_no"), std::string::npos);
}

TEST_F(RemoteErrors, AServerThatIsNotThere) {
  const std::string url = daemon_.people_url();
  daemon_.Stop();
  ExpectOneLine(RunCli({"pool", "list", "--profile", profile_}), 69, url + " does not answer");
}

TEST_F(RemoteErrors, ACertificateOfSomebodyElse) {
  TestDaemon other;
  other.Init();
  const std::string profile = ProfileWith(daemon_.people_url(), other.ca_file(), "vdw_api_x");
  ExpectOneLine(RunCli({"pool", "list", "--profile", profile}), 77, "certificate is not trusted");
}

TEST_F(RemoteErrors, ANameThatTheCertificateDoesNotHave) {
  const std::string url = fmt::format("https://127.0.0.2:{}", daemon_.app().people_port());
  daemon_.Stop();
  daemon_.Configure("agents: {listen: '127.0.0.1:0'}\npeople: {listen: '0.0.0.0:0'}\n");
  ASSERT_TRUE(daemon_.Start());
  const std::string wrong_name = fmt::format("https://127.0.0.2:{}", daemon_.app().people_port());
  const std::string profile = ProfileWith(wrong_name, daemon_.ca_file(), "vdw_api_x");
  ExpectOneLine(RunCli({"pool", "list", "--profile", profile}), 77, "certificate is not trusted");
}

TEST_F(RemoteErrors, NoProfileOrABadOne) {
  ExpectOneLine(RunCli({"pool", "list", "--profile", "/nowhere/profile.yaml"}), 65,
                "vdiwatch profile set");
  const auto file = daemon_.directory().Write("bad.yaml", "server: https://x\ntoke: y\n");
  const Ran ran = RunCli({"pool", "list", "--profile", file.string()});
  EXPECT_EQ(ran.code, 65);
  EXPECT_NE(ran.err.find("bad.yaml:"), std::string::npos) << ran.err;
  ExpectOneLine(
      RunCli({"profile", "set", "--profile", "p", "--server", "http://x", "--token", "t"}), 64,
      "https://");
}

TEST_F(RemoteErrors, TheProfileIsForItsOwnerAlone) {
  const auto rights = std::filesystem::status(profile_).permissions();
  EXPECT_EQ(rights, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const Ran shown = RunCli({"profile", "show", "--profile", profile_});
  EXPECT_NE(shown.out.find("<secret>"), std::string::npos);
  EXPECT_EQ(shown.out.find("vdw_api_"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::server
