#include "tests/server/test_daemon.h"

#include <fmt/format.h>

#include <sstream>

#include "base/text.h"
#include "server/cli.h"

namespace vdiwatch::server {

Ran RunCli(std::vector<std::string> arguments) {
  std::ostringstream out, err;
  const int code = RunCommandLine(std::move(arguments), {out, err});
  return {code, out.str(), err.str()};
}

TestDaemon::TestDaemon() { Configure(""); }

void TestDaemon::Configure(const std::string& more) {
  directory_.Write("vdiwatch.yaml", "data_dir: data\n" + (more.empty() ? R"(
agents: {listen: '127.0.0.1:0'}
people: {listen: '127.0.0.1:0'}
)"
                                                                       : more));
}

void TestDaemon::Init() {
  const Ran ran = RunCli({"init", "--config", config_file(), "--password-file",
                          directory_.Write("password", std::string(kPassword) + "\n").string()});
  ASSERT_EQ(ran.code, 0) << ran.err;
}

Result<void> TestDaemon::Start() {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(config_file()));
  ASSIGN_OR_RETURN(app_, App::Start(config, {}, clock, log_));
  return {};
}

std::string TestDaemon::people_url() const {
  return fmt::format("https://127.0.0.1:{}", app_->people_port());
}

std::string TestDaemon::Profile(const std::string& role) {
  const Ran token = RunCli({"api-token", "create", "--config", config_file(), "--name", "test",
                            "--role", role, "--expires", "1d"});
  EXPECT_EQ(token.code, 0) << token.err;
  const std::string file = (directory_.path() / (role + ".yaml")).string();
  const Ran set = RunCli({"profile", "set", "--profile", file, "--server", people_url(),
                          "--ca-file", ca_file(), "--token", std::string(Trim(token.out))});
  EXPECT_EQ(set.code, 0) << set.err;
  return file;
}

}  // namespace vdiwatch::server
