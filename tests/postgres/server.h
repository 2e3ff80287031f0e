#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace vdiwatch::testing_postgres {

// A PostgreSQL server of its own: Debian's postgresql-15, in a temporary folder, on a socket in
// that folder alone. Runs as the user `postgres` where we are root, since it refuses root. Gone
// with the object. Every failure ends the test program with a line that says why.
class Server {
 public:
  enum class Sync { kOff, kOn };  // whether it waits for the disk
  explicit Server(Sync sync = Sync::kOff);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void Start();  // again, after Kill
  // SIGKILL to the server and all of its processes, as if the machine had lost them.
  void Kill();

  // "host=… user=vdiwatch dbname=NAME"; the user may do anything.
  std::string Connection(const std::string& database) const;
  std::string MakeDatabase();  // an empty one; its name
  void DropDatabase(const std::string& name);
  // Runs statements over a connection of its own; the first column of the first row, if any.
  std::string Execute(const std::string& database, const std::string& sql);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path data() const { return folder_ / "data"; }

  const std::filesystem::path folder_;
  const Sync sync_;
  pid_t pid_ = -1;
  int databases_ = 0;
};

// One for the whole test program, started when it is first asked for.
Server& SharedServer();

}  // namespace vdiwatch::testing_postgres
