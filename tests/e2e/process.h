#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vdiwatch::e2e {

using Environment = std::map<std::string, std::string>;

// How a program ended, and what it printed.
struct Finished {
  int exit_code = -1;  // 128 + signal if a signal ended it
  std::string out;
  std::string err;
};

// Runs one of our programs (by its name in bin/) to its end. `environment` is added to our own.
Finished RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                    const Environment& environment = {});

// A program that goes on running; killed at the latest when this goes away.
class Running {
 public:
  Running(const std::string& program, const std::vector<std::string>& arguments,
          const std::filesystem::path& output);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t pid() const { return pid_; }
  bool alive();
  // Sends the signal and waits for the end; the exit code as in Finished.
  int End(int signal);

 private:
  pid_t pid_ = -1;
};

}  // namespace vdiwatch::e2e
