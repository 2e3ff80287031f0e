#include "tests/e2e/restless_agent.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>

#include "agent/transport.h"
#include "base/digest.h"
#include "base/file.h"

namespace vdiwatch::e2e {

Result<agent::HttpReply> WatchedChannel::Post(std::string_view target, std::string_view body,
                                              std::string_view bearer) {
  auto reply = channel_->Post(target, body, bearer);
  status_ = reply ? reply->status : 0;
  return reply;
}

RestlessAgent::RestlessAgent(const Site& site, std::string token, int number)
    : token_(std::move(token)) {
  seen_.os = "windows";
  seen_.facts["platform.kind"] = Known("vmware");
  seen_.claims.host_name = fmt::format("crash-{}", number);
  seen_.claims.domain = "corp.example";
  seen_.boot_id = Hex(RandomBytes(8));
  seen_.canary = {Hex(RandomBytes(8)), clock_.Now(), 1};
  FindAgain(site);
}

void RestlessAgent::FindAgain(const Site& site) {
  agent::CoreMemory memory = core_ ? core_->memory() : agent::CoreMemory();
  core_.reset();
  channel_ = std::make_unique<WatchedChannel>(*agent::Transport::Create(
      {.collector = {"127.0.0.1", static_cast<std::uint16_t>(site.agents_port())},
       .ca_pem = *ReadFile(site.ca_file(), 1 << 20)},
      clock_));
  agent::CoreSurroundings surroundings;
  surroundings.token = [this] { return Result<std::string>(token_); };
  surroundings.keep_identity = [](const agent::Identity&) { return Result<void>(); };
  core_ = std::make_unique<agent::AgentCore>(std::move(surroundings), std::move(memory), *channel_,
                                             spool_, clock_);
}

bool RestlessAgent::Step() {
  seen_.facts["docker_desktop.instances"] = Known(FactValue(++told_));
  if (!core_->Step(seen_).answer) return false;
  acknowledged_ = told_;
  return true;
}

std::int64_t InstancesOf(const Json& desktop) {
  for (const auto& fact : desktop["facts"]) {
    if (fact["key"] == "docker_desktop.instances") return fact["value"];
  }
  return 0;
}

void ExpectNothingLost(const Site& site,
                       const std::vector<std::unique_ptr<RestlessAgent>>& agents) {
  for (const auto& agent : agents) {
    if (agent->acknowledged() == 0) continue;
    std::int64_t stored = InstancesOf(site.RemoteJson({"desktop", "show", agent->host()}));
    EXPECT_GE(stored, agent->acknowledged()) << agent->host();
    EXPECT_LE(stored, agent->told()) << agent->host();
  }
}

}  // namespace vdiwatch::e2e
