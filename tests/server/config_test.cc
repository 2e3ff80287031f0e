#include "server/config.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/duration.h"

namespace vdiwatch::server {
namespace {

TEST(ConfigTest, AllButTheDataDirectoryHasDefaults) {
  const auto config = ParseConfig("data_dir: data\n", "/etc/vdiwatch/vdiwatch.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, "/etc/vdiwatch/data");
  EXPECT_EQ(ToString(config->agents.listen), "127.0.0.1:7443");
  EXPECT_EQ(ToString(config->people.listen), "127.0.0.1:7444");
  EXPECT_EQ(config->agents.check_in_every, Seconds(900));
  EXPECT_TRUE(config->built_in_pack);
  EXPECT_FALSE(config->metrics_open);
  EXPECT_TRUE(config->policy_dir.empty());
}

TEST(ConfigTest, EveryMemberIsRead) {
  const auto config = ParseConfig(R"(
data_dir: /var/lib/vdiwatch
policy_dir: policy
built_in_pack: false
metrics: {open: true}
agents:
  listen: "[::1]:0"
  names: [vdi.corp.example, 10.0.0.7]
  check_in_every: 60s
people:
  listen: 0.0.0.0:443
  certificate: /etc/ssl/vdi.pem
  key: vdi.key
)",
                                  "/etc/vdiwatch.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->policy_dir, "/etc/policy");
  EXPECT_FALSE(config->built_in_pack);
  EXPECT_TRUE(config->metrics_open);
  EXPECT_EQ(ToString(config->agents.listen), "[::1]:0");
  EXPECT_EQ(config->agents.names[1], "10.0.0.7");
  EXPECT_EQ(config->agents.check_in_every, Seconds(60));
  EXPECT_EQ(config->people.listen.port, 443);
  EXPECT_EQ(config->people.certificate, "/etc/ssl/vdi.pem");
  EXPECT_EQ(config->people.key, "/etc/vdi.key");
}

TEST(ConfigTest, TheStoreIsAFileUnlessADatabaseIsNamed) {
  EXPECT_EQ(ParseConfig("data_dir: d\n", "/c.yaml")->store.engine, StoreConfig::Engine::kSqlite);
  EXPECT_EQ(ParseConfig("data_dir: d\nstore: {engine: sqlite}\n", "/c.yaml")->store.engine,
            StoreConfig::Engine::kSqlite);
  const auto config = ParseConfig(
      "data_dir: d\nstore:\n  engine: postgresql\n"
      "  connection: host=db1,db2 dbname=vdiwatch sslmode=verify-full\n  password_file: secret\n",
      "/etc/c.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->store.engine, StoreConfig::Engine::kPostgres);
  EXPECT_EQ(config->store.postgres.connection, "host=db1,db2 dbname=vdiwatch sslmode=verify-full");
  EXPECT_EQ(config->store.postgres.password_file, "/etc/secret");
}

TEST(ConfigTest, APasswordInTheConnectionIsRefusedAndNotRepeated) {
  for (const char* connection :
       {"host=db1 password=hunter2", "postgresql://ada:hunter2@db1/vdiwatch",
        "host=db1 password=hunter2 hunter2", "host=db1 password='hunter2"}) {
    const auto config = ParseConfig(std::string("data_dir: d\nstore: {engine: postgresql, "
                                                "connection: \"") +
                                        connection + "\"}\n",
                                    "/c.yaml");
    ASSERT_FALSE(config) << connection;
    EXPECT_EQ(config.error().message.find("hunter2"), std::string::npos) << config.error().message;
    EXPECT_NE(config.error().message.find("/c.yaml:2:"), std::string::npos);
  }
}

struct Mistake {
  const char* text;
  const char* message;  // part of the error
};
class ConfigMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistakes, AreNamedWithTheirPlace) {
  const auto config = ParseConfig(GetParam().text, "/c.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(config.error().message.find(GetParam().message), std::string::npos)
      << config.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigMistakes,
    testing::Values(
        Mistake{"", "/c.yaml:1:1: "}, Mistake{"built_in_pack: true\n", "data_dir"},
        Mistake{"data_dir: d\nagnets: {}\n", "/c.yaml:2:1: "},
        Mistake{"data_dir: d\nagnets: {}\n", "did you mean 'agents'"},
        Mistake{"data_dir: d\nagents:\n  listen: 7443\n", "/c.yaml:3:11: listen must be"},
        Mistake{"data_dir: d\nagents: {listen: '127.0.0.1:70000'}\n", "listen must be"},
        Mistake{"data_dir: d\nagents: {listen: 'host:80'}\n", "listen must be"},
        Mistake{"data_dir: d\nagents: {names: []}\n", "at least one"},
        Mistake{"data_dir: d\nagents: {check_in_every: 15}\n", "check_in_every must be"},
        Mistake{"data_dir: d\nagents: {check_in_every: 25h}\n", "check_in_every must be"},
        Mistake{"data_dir: d\npeople: {certificate: c.pem}\n", "go together"},
        Mistake{"data_dir: [d]\n", "/c.yaml:1:11: "},
        Mistake{"data_dir: d\n---\ndata_dir: e\n", "one document"},
        Mistake{"data_dir: \"d\n", "/c.yaml:"}));

TEST(ConfigTest, AllMistakesAreToldAtOnce) {
  const auto config = ParseConfig("agents: {listen: x, names: []}\n", "/c.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(std::ranges::count(config.error().message, '\n'), 2);
}

TEST(DurationTest, WholeNumbersOfOneUnit) {
  EXPECT_EQ(ParseDuration("90s"), Seconds(90));
  EXPECT_EQ(ParseDuration("15m"), Seconds(900));
  EXPECT_EQ(ParseDuration("12h"), Seconds(43'200));
  EXPECT_EQ(ParseDuration("30d"), Seconds(2'592'000));
  for (const char* bad :
       {"", "s", "15", "0s", "-1s", "1.5h", "1h30m", " 1h", "99999999999999999d"}) {
    EXPECT_EQ(ParseDuration(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(FormatDuration(Seconds(900)), "15m");
  EXPECT_EQ(FormatDuration(Seconds(86'400)), "1d");
  EXPECT_EQ(FormatDuration(Seconds(61)), "61s");
}

}  // namespace
}  // namespace vdiwatch::server
