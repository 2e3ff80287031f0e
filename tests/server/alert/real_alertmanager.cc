#include "tests/server/alert/real_alertmanager.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/file.h"

namespace vdiwatch::server::alert {
namespace {

// bcrypt, as Prometheus' web configuration wants it, of "opensesame".
constexpr std::string_view kWebConfig =
    "basic_auth_users: {vdiwatch: $2b$04$6ed.hiltNJSwSde5mdRoBeXmC1EH5576ePdD6XYL805NMXLWu9ylW}\n";
constexpr std::string_view kConfig = "route: {receiver: none}\nreceivers: [{name: none}]\n";

std::vector<std::string> Command(const std::filesystem::path& folder, int port) {
  EXPECT_TRUE(WriteFile(folder / "am.yml", kConfig, FileMode::kPrivate));
  EXPECT_TRUE(WriteFile(folder / "web.yml", kWebConfig, FileMode::kPrivate));
  return {"prometheus-alertmanager",
          "--config.file=" + (folder / "am.yml").string(),
          "--web.config.file=" + (folder / "web.yml").string(),
          "--storage.path=" + (folder / "am").string(),
          fmt::format("--web.listen-address=127.0.0.1:{}", port),
          "--cluster.listen-address="};
}

}  // namespace

RealAlertmanager::RealAlertmanager(const std::filesystem::path& folder)
    : port_(FreePort()), process_(Command(folder, port_), folder / "am.log") {
  EXPECT_TRUE(Await([&] { return Get("/-/ready").first == 200; })) << process_.Output();
}

std::string RealAlertmanager::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

Json RealAlertmanager::Firing(const std::string& name) const {
  const auto [status, body] =
      Get("/api/v2/alerts?active=true&filter=alertname%3D%22" + name + "%22");
  EXPECT_EQ(status, 200) << body;
  const auto alerts = ParseJson(body, "its answer");
  return alerts ? *alerts : Json::array();
}

std::pair<int, std::string> RealAlertmanager::Get(const std::string& target) const {
  try {
    Poco::Net::HTTPClientSession session("127.0.0.1", static_cast<std::uint16_t>(port_));
    Poco::Net::HTTPRequest request("GET", target, "HTTP/1.1");
    request.set("Authorization", "Basic " + Base64("vdiwatch:opensesame"));
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    std::string body;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
    return {response.getStatus(), body};
  } catch (const Poco::Exception& failed) {
    return {0, failed.displayText()};
  }
}

}  // namespace vdiwatch::server::alert
