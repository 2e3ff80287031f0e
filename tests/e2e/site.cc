#include "tests/e2e/site.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::e2e {
namespace {

namespace fs = std::filesystem;

void Write(const fs::path& file, const std::string& text) {
  ASSERT_TRUE(WriteFile(file, text, FileMode::kPrivate)) << file;
}

}  // namespace

bool Eventually(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

Site::Site(const std::string& policy, const std::string& settings)
    : folder_(fs::temp_directory_path() / ("vdiwatch-site-" + Hex(RandomBytes(6)))) {
  fs::create_directories(folder_ / "policy");
  if (!policy.empty()) Write(folder_ / "policy/site.yaml", policy);
  Write(folder_ / "password", "correct horse battery staple\n");
  Write(config(), std::string("data_dir: data\npolicy_dir: policy\n"
                              "agents: {listen: \"127.0.0.1:0\", check_in_every: 60s}\n"
                              "people: {listen: \"127.0.0.1:0\"}\n") +
                      settings);
  auto made = Local({"init", "--password-file", (folder_ / "password").string()});
  EXPECT_EQ(made.exit_code, 0) << made.err;
}

Site::~Site() {
  tap_.reset();
  daemon_.reset();
  fs::remove_all(folder_);
}

void Site::Serve() {
  Restart();
  if (!tap_)
    tap_.emplace(
        folder_ / "tap", [this] { return people_port_.load(); }, ca_file());
  auto token =
      Local({"api-token", "create", "--name", "e2e", "--role", "policy_editor", "--expires", "1d"});
  ASSERT_EQ(token.exit_code, 0) << token.err;
  auto profile =
      Remote({"profile", "set", "--server", fmt::format("https://127.0.0.1:{}", tap_->port()),
              "--ca-file", tap_->ca_file().string(), "--token", std::string(Trim(token.out))});
  ASSERT_EQ(profile.exit_code, 0) << profile.err;
}

void Site::Restart() {
  daemon_.emplace("vdiwatch", std::vector<std::string>{"serve", "--config", config().string()},
                  folder_ / "serve.log");
  ASSERT_TRUE(Eventually([&] {
    auto text = ReadFile(folder_ / "data/ports.json", 4096);
    auto json = text ? ParseJson(*text, "ports.json") : Result<Json>(text.error());
    if (!json || (*json)["pid"] != daemon_->pid()) return !daemon_->alive();
    agents_port_ = (*json)["agents"];
    people_port_ = (*json)["people"].get<std::uint16_t>();
    return true;
  }));
  ASSERT_TRUE(daemon_->alive()) << Log();
}

int Site::End(int signal) { return daemon_->End(signal); }

std::string Site::Log() const { return ReadFile(folder_ / "serve.log", 1 << 20).value(); }

Finished Site::Local(std::vector<std::string> words) const {
  words.insert(words.end(), {"--config", config().string()});
  return RunProgram("vdiwatch", words);
}

Finished Site::Remote(std::vector<std::string> words) const {
  words.insert(words.end(), {"--profile", (folder_ / "profile.yaml").string()});
  return RunProgram("vdiwatch", words);
}

Json Site::RemoteJson(std::vector<std::string> words) const {
  words.push_back("--json");
  auto finished = Remote(words);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  auto json = ParseJson(finished.out, "output", {.max_bytes = 16 << 20, .max_depth = 16});
  EXPECT_TRUE(json) << finished.out;
  return json ? *json : Json::object();
}

std::string Site::Token(const std::string& pool) const {
  auto made = Local({"token", "create", "--pool", pool, "--expires", "1d"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return std::string(Trim(made.out));
}

fs::path Site::AgentConfig(const std::string& name, const std::string& token) const {
  fs::path file = folder_ / (name + ".yaml");
  Write(file,
        fmt::format("collector: https://127.0.0.1:{}\nca_file: {}\ntoken: {}\nstate_dir: {}\n",
                    agents_port_, ca_file().string(), token, (folder_ / name).string()));
  return file;
}

Finished Site::Agent(const std::string& command, const fs::path& config) const {
  return RunProgram("vdiwatch-agent", {command, "--config", config.string()});
}

}  // namespace vdiwatch::e2e
