#include "tests/postgres/server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "base/digest.h"

namespace vdiwatch::testing_postgres {
namespace {

namespace fs = std::filesystem;

const fs::path kPrograms = "/usr/lib/postgresql/15/bin";  // Debian's package postgresql-15

[[noreturn]] void Give(const std::string& why) {
  std::fprintf(stderr, "PostgreSQL for tests: %s\n", why.c_str());
  std::abort();
}

// Whom the server runs as: ourselves, or `postgres` if we are root.
struct Account {
  uid_t uid = ::geteuid();
  gid_t gid = ::getegid();
};
Account ServersAccount() {
  Account account;
  if (account.uid != 0) return account;
  const passwd* entry = ::getpwnam("postgres");
  if (entry == nullptr) Give("there is no user 'postgres' to run as");
  return {entry->pw_uid, entry->pw_gid};
}

fs::path MakeFolder(const Account& account) {
  fs::path folder = fs::temp_directory_path() / ("vdiwatch-pg-" + Hex(RandomBytes(6)));
  fs::create_directory(folder);
  if (::chown(folder.c_str(), account.uid, account.gid) != 0) Give("chown failed");
  fs::permissions(folder, fs::perms::owner_all);
  return folder;
}

// The child only makes system calls. It ends with the thread that started it.
pid_t Spawn(std::vector<std::string> words, const fs::path& log) {
  const Account account = ServersAccount();
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (::geteuid() == 0 && (::setgid(account.gid) != 0 || ::setuid(account.uid) != 0)) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::setpgid(0, 0);  // a Ctrl-C at the tests is for the tests
  if (::chdir("/") != 0) ::_exit(126);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

std::string TextOf(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string()[0])) == 0)
      continue;
    std::istringstream stat(TextOf(entry.path() / "stat"));
    pid_t pid = 0, its_parent = 0;
    std::string name, state;
    if (stat >> pid >> name >> state >> its_parent && its_parent == parent) children.push_back(pid);
  }
  return children;
}

using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

}  // namespace

Server::Server(Sync sync) : folder_(MakeFolder(ServersAccount())), sync_(sync) {
  if (!fs::exists(kPrograms / "initdb")) Give("install Debian's package postgresql-15");
  pid_t made = Spawn({(kPrograms / "initdb").string(), "-D", data().string(), "-U", "vdiwatch",
                      "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"},
                     folder_ / "log");
  int status = 0;
  ::waitpid(made, &status, 0);
  if (status != 0) Give("initdb failed: " + TextOf(folder_ / "log"));
  // One user needs a password.
  std::ofstream(data() / "pg_hba.conf") << "local all guarded scram-sha-256\nlocal all all trust\n";
  Start();
}

Server::~Server() {
  // At once, but giving the kernel its shared memory back.
  if (pid_ > 0) {
    ::kill(pid_, SIGQUIT);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Server::Start() {
  const char* sync = sync_ == Sync::kOn ? "on" : "off";
  pid_ = Spawn({(kPrograms / "postgres").string(), "-D", data().string(), "-k", folder_.string(),
                "-c", "listen_addresses=", "-c", std::string("fsync=") + sync, "-c",
                "shared_buffers=128MB", "-c", "max_connections=120", "-c", "max_wal_size=4GB"},
               folder_ / "log");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (PQping(Connection("postgres").c_str()) != PQPING_OK) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_ || std::chrono::steady_clock::now() > deadline) {
      Give("the server does not start: " + TextOf(folder_ / "log"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void Server::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGSTOP);  // so that it starts no more
  const std::vector<pid_t> children = ChildrenOf(pid_);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  for (pid_t child : children) ::kill(child, SIGKILL);
  // They are gone when nobody holds the lock on the data any more; Start waits for that itself.
  for (pid_t child : children) {
    while (::kill(child, 0) == 0 &&
           TextOf(fs::path("/proc") / std::to_string(child) / "stat").find(") Z") ==
               std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  pid_ = -1;
}

std::string Server::Connection(const std::string& database) const {
  return "host=" + folder_.string() + " user=vdiwatch dbname=" + database;
}

std::string Server::MakeDatabase() {
  std::string name = "test" + std::to_string(++databases_);
  Execute("postgres", "CREATE DATABASE " + name);
  return name;
}

void Server::DropDatabase(const std::string& name) {
  Execute("postgres", "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
}

std::string Server::Execute(const std::string& database, const std::string& sql) {
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(Connection(database).c_str()),
                                                          PQfinish);
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  Answer answer(PQexec(connection.get(), sql.c_str()), PQclear);
  auto status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    Give(sql + ": " + PQerrorMessage(connection.get()));
  }
  return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

Server& SharedServer() {
  static Server server;
  return server;
}

}  // namespace vdiwatch::testing_postgres
