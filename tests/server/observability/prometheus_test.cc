// /metrics as Debian's promtool and Prometheus read it, and whether the rules and the dashboard in
// deploy/observability ask for what is there.

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <fmt/format.h>

#include <regex>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "server/http.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/https.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

using alert::Await;
using alert::Ended;
using alert::FreePort;
using alert::Receiver;
using alert::RunToEnd;

const std::string kFolder = VDIWATCH_SOURCE_DIR "/deploy/observability/";

std::string ReadAll(const std::string& file) {
  auto text = ReadFile(file, 1 << 20);
  EXPECT_TRUE(text) << text.error().message;
  return text ? *text : "";
}

// Every name of ours, and of the process, that a PromQL text has.
std::set<std::string> NamesIn(const std::string& text) {
  static const std::regex kName("\\b(vdiwatch|process)_[a-z_]+\\b");
  std::set<std::string> names;
  for (std::sregex_iterator match(text.begin(), text.end(), kName), end; match != end; ++match) {
    names.insert(match->str());
  }
  return names;
}

std::vector<std::string> DashboardExpressions() {
  const auto dashboard = ParseJson(ReadAll(kFolder + "grafana/vdiwatch.json"), "the dashboard");
  EXPECT_TRUE(dashboard) << dashboard.error().message;
  std::vector<std::string> expressions;
  for (const Json& panel : (*dashboard)["panels"]) {
    for (const Json& target : panel["targets"]) expressions.push_back(target["expr"]);
  }
  for (const Json& variable : (*dashboard)["templating"]["list"]) {
    if (variable["type"] == "query") expressions.push_back(variable["query"]["query"]);
  }
  EXPECT_GT(expressions.size(), 10u);
  return expressions;
}

class PrometheusTest : public testing::Test {
 protected:
  void Start(const std::string& more = "") {
    daemon_.Configure("agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\n" + more);
    daemon_.Init();
    const auto started = daemon_.Start();
    ASSERT_TRUE(started) << started.error().message;
    const Ran token = RunCli({"api-token", "create", "--config", daemon_.config_file(), "--name",
                              "prometheus", "--role", "viewer", "--expires", "1d"});
    token_ = std::string(Trim(token.out));
    // A pool with a name that must be escaped.
    RunCli({"token", "create", "--config", daemon_.config_file(), "--pool", "fin \"Zürich\" \\ 1",
            "--expires", "1d"});
  }
  HttpResponse Scrape(const std::string& token) {
    HttpRequest request;
    request.method = "GET";
    request.path = "/metrics";
    if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
    return Https(daemon_.app().people_port(), daemon_.ca_file(), request);
  }
  std::set<std::string> Declared() {
    const std::string page = Scrape(token_).body;
    static const std::regex kType("# TYPE ([a-z_]+) ");
    std::set<std::string> names;
    for (std::sregex_iterator match(page.begin(), page.end(), kType), end; match != end; ++match) {
      names.insert((*match)[1]);
    }
    return names;
  }

  TestDaemon daemon_;
  std::string token_;
};

TEST_F(PrometheusTest, PromtoolFindsNothingToCriticise) {
  Start();
  const HttpResponse response = Scrape(token_);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  const auto file = daemon_.directory().Write("metrics", response.body);
  const Ended checked = RunToEnd("promtool check metrics < " + file.string());
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(checked.output, "");
  EXPECT_NE(response.body.find("vdiwatch_store_up 1\n"), std::string::npos) << response.body;
  EXPECT_NE(
      response.body.find(R"(vdiwatch_desktops{pool="fin \"Zürich\" \\ 1",grade="unknown"} 0)"),
      std::string::npos)
      << response.body;
}

TEST_F(PrometheusTest, NeedsATokenUnlessItIsOpen) {
  Start();
  EXPECT_EQ(Scrape("").status, 401);
  EXPECT_EQ(Scrape("vdw_api_wrong").status, 401);
  daemon_.Stop();
  daemon_.Configure(
      "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\nmetrics: {open: true}\n");
  const auto started = daemon_.Start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(Scrape("").status, 200);
}

TEST_F(PrometheusTest, RulesAndDashboardAskForWhatIsThere) {
  Start();
  const std::set<std::string> declared = Declared();
  std::string asked = ReadAll(kFolder + "vdiwatch.rules.yml");
  for (const std::string& expression : DashboardExpressions()) asked += "\n" + expression;
  for (const std::string& name : NamesIn(asked)) EXPECT_TRUE(declared.contains(name)) << name;
}

TEST(ObservabilityTest, PromtoolTakesTheRules) {
  const Ended checked = RunToEnd("promtool check rules " + kFolder + "vdiwatch.rules.yml");
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  const Ended tested = RunToEnd("promtool test rules " VDIWATCH_SOURCE_DIR
                                "/tests/server/observability/rules_test.yml");
  EXPECT_EQ(tested.exit_code, 0) << tested.output;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The answer of Prometheus' own API; null while there is none.
Json AskPrometheus(int port, const std::string& target) {
  try {
    Poco::Net::HTTPClientSession session("127.0.0.1", static_cast<Poco::UInt16>(port));
    session.setTimeout(Poco::Timespan(5, 0));
    Poco::Net::HTTPRequest request("GET", target, "HTTP/1.1");
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    std::string body;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
    const auto json = ParseJson(body, "the answer");
    return json ? *json : Json();
  } catch (const Poco::Exception&) {
    return Json();
  }
}
Json Query(int port, const std::string& expression) {
  return AskPrometheus(port, "/api/v1/query?query=" + PercentEncode(expression));
}

// With the shipped example of a configuration, but for its addresses.
TEST_F(PrometheusTest, ARealPrometheusScrapesItByTheShippedExample) {
  Start();
  const std::string folder = daemon_.directory().path();
  std::string config = ReadAll(kFolder + "prometheus.yml");
  config = Replaced(config, "/etc/prometheus/vdiwatch-token",
                    daemon_.directory().Write("token", token_ + "\n"));
  config = Replaced(config, "/etc/prometheus/vdiwatch-ca.pem", daemon_.ca_file());
  config = Replaced(config, "vdi.corp.example:7444",
                    fmt::format("localhost:{}", daemon_.app().people_port()));
  config = Replaced(config, "  - vdiwatch.rules.yml", "  - " + kFolder + "vdiwatch.rules.yml");
  config += "global: {scrape_interval: 1s, evaluation_interval: 1s}\n";
  const auto file = daemon_.directory().Write("prometheus.yml", config);
  const int port = FreePort();
  const Receiver prometheus(
      {"prometheus", "--config.file=" + file.string(), "--storage.tsdb.path=" + folder + "/tsdb",
       fmt::format("--web.listen-address=127.0.0.1:{}", port)},
      folder + "/prometheus.log");
  const bool up = Await([&] {
    const Json answer = Query(port, "up{job=\"vdiwatch\"} == 1");
    return answer.is_object() && !answer["data"]["result"].empty();
  });
  ASSERT_TRUE(up) << prometheus.Output() << AskPrometheus(port, "/api/v1/targets").dump(2);
  const Json build = Query(port, "vdiwatch_build_info");
  EXPECT_EQ(build["data"]["result"][0]["metric"]["version"], VDIWATCH_VERSION) << build.dump();
  EXPECT_EQ(
      Query(port, "vdiwatch_pool_grade{grade=\"unknown\"}")["data"]["result"][0]["metric"]["pool"],
      "fin \"Zürich\" \\ 1");
  const Json rules = AskPrometheus(port, "/api/v1/rules");
  EXPECT_EQ(rules["data"]["groups"].size(), 2u) << rules.dump();
  for (std::string expression : DashboardExpressions()) {
    if (expression.starts_with("label_values")) continue;
    for (const char* variable : {"$instance", "$pool"}) {
      for (std::size_t at; (at = expression.find(variable)) != std::string::npos;) {
        expression.replace(at, std::string_view(variable).size(), ".*");
      }
    }
    const Json answer = Query(port, expression);
    EXPECT_EQ(answer.value("status", ""), "success") << expression << answer.dump();
  }
}

}  // namespace
}  // namespace vdiwatch::server
