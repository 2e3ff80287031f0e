#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace vdiwatch::server::alert {

// A program of somebody else's that receives what we send; found on the PATH. Killed at the latest
// when this goes away.
class Receiver {
 public:
  // Its output, both kinds, goes to a file.
  Receiver(std::vector<std::string> command, std::filesystem::path output);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  bool Alive() const;
  std::string Output() const;
  // The lines of its output that are JSON objects.
  std::vector<Json> Objects() const;
  // Waits until that many are there, at most 30 s; then fails with the output.
  std::vector<Json> AwaitObjects(std::size_t count) const;

 private:
  const std::filesystem::path output_;
  mutable pid_t pid_ = -1;  // none once it ended
};

// Looks every 20 ms whether it holds, for at most 30 s.
bool Await(const std::function<bool()>& holds);

// How a program ended, and what it printed.
struct Ended {
  int exit_code = -1;
  std::string output;
};
Ended RunToEnd(const std::string& shell_command);

// A port of 127.0.0.1 that was free a moment ago, for receivers that cannot choose one themselves.
int FreePort();

// A CA of its own in this folder, and a certificate for localhost and 127.0.0.1: paths of ca.pem,
// server.pem and server.key.
struct TestCertificates {
  std::string ca, certificate, key;
};
TestCertificates MakeCertificates(const std::filesystem::path& folder);

}  // namespace vdiwatch::server::alert
