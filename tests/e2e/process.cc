#include "tests/e2e/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/digest.h"
#include "base/file.h"

namespace vdiwatch::e2e {
namespace {

namespace fs = std::filesystem;

int ExitCodeOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Starts the program with its output in these files. The child only makes system calls.
pid_t Start(const std::string& program, const std::vector<std::string>& arguments,
            const Environment& environment, const fs::path& out, const fs::path& err) {
  const std::string path = std::string(VDIWATCH_BIN_DIR) + "/" + program;
  std::vector<std::string> words = {path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> settings;
  for (char** entry = environ; *entry != nullptr; ++entry) settings.emplace_back(*entry);
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (auto entry = settings.rbegin(); entry != settings.rend(); ++entry) {
    envp.push_back(entry->data());  // the first of a name counts
  }
  envp.push_back(nullptr);

  pid_t pid = ::fork();
  if (pid != 0) return pid;
  int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(out_file, 1);
  ::dup2(err_file, 2);
  ::execve(path.c_str(), argv.data(), envp.data());
  ::_exit(127);
}

}  // namespace

Finished RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                    const Environment& environment) {
  const fs::path stem = fs::temp_directory_path() / ("vdiwatch-run-" + Hex(RandomBytes(6)));
  const fs::path out = stem.string() + ".out", err = stem.string() + ".err";
  pid_t pid = Start(program, arguments, environment, out, err);
  int status = 0;
  ::waitpid(pid, &status, 0);
  Finished finished{ExitCodeOf(status), ReadFile(out, 64 << 20).value(),
                    ReadFile(err, 64 << 20).value()};
  fs::remove(out);
  fs::remove(err);
  return finished;
}

Running::Running(const std::string& program, const std::vector<std::string>& arguments,
                 const fs::path& output)
    : pid_(Start(program, arguments, {}, output, output)) {}

Running::~Running() {
  if (pid_ > 0) End(SIGKILL);
}

bool Running::alive() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  pid_ = -1;
  return false;
}

int Running::End(int signal) {
  if (pid_ <= 0) return -1;
  ::kill(pid_, signal);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return ExitCodeOf(status);
}

}  // namespace vdiwatch::e2e
