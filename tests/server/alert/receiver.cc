#include "tests/server/alert/receiver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "collector/ca.h"

namespace vdiwatch::server::alert {

Receiver::Receiver(std::vector<std::string> command, std::filesystem::path output)
    : output_(std::move(output)) {
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  const int file = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, 1);
  ::dup2(file, 2);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

Receiver::~Receiver() {
  if (!Alive()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Receiver::Alive() const {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

std::string Receiver::Output() const {
  const auto text = ReadFile(output_, 16 << 20);
  return text ? *text : "";
}

std::vector<Json> Receiver::Objects() const {
  std::vector<Json> objects;
  const std::string output = Output();
  for (const std::string_view line : Split(output, '\n')) {
    auto json = ParseJson(line, "a line", {16 << 20, 32});
    if (json && json->is_object()) objects.push_back(*std::move(json));
  }
  return objects;
}

std::vector<Json> Receiver::AwaitObjects(std::size_t count) const {
  EXPECT_TRUE(Await([&] { return Objects().size() >= count || !Alive(); })) << Output();
  EXPECT_TRUE(Alive()) << Output();
  return Objects();
}

bool Await(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return holds();
}

Ended RunToEnd(const std::string& shell_command) {
  Ended ended;
  FILE* pipe = ::popen((shell_command + " 2>&1").c_str(), "r");
  char block[4096];
  while (std::size_t count = std::fread(block, 1, sizeof block, pipe)) {
    ended.output.append(block, count);
  }
  const int status = ::pclose(pipe);
  ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

int FreePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

TestCertificates MakeCertificates(const std::filesystem::path& folder) {
  const Time now = SystemClock().Now();
  const auto ca = collector::Ca::OpenOrCreate(folder / "ca", now);
  EXPECT_TRUE(ca) << ca.error().message;
  const auto pair = ca->IssueServer({"localhost", "127.0.0.1"}, now, Seconds(86'400));
  EXPECT_TRUE(pair) << pair.error().message;
  TestCertificates paths{folder / "ca" / "ca.pem", folder / "server.pem", folder / "server.key"};
  EXPECT_TRUE(WriteFile(paths.certificate, pair->certificate, FileMode::kPrivate));
  EXPECT_TRUE(WriteFile(paths.key, pair->key, FileMode::kPrivate));
  return paths;
}

}  // namespace vdiwatch::server::alert
