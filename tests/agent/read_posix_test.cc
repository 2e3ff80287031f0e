#include "agent/gather/read_posix.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/gather/processes.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLimit = 64 << 10;

class ReadFileTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string Write(const std::string& name, std::string_view bytes) const {
    fs::create_directories(fs::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::binary) << bytes;
    return Path(name);
  }

  TempFolder folder_;
};

std::string TextOf(const Reading& reading) {
  const auto* text = std::get_if<TextReading>(&reading);
  return text ? text->text : "<no text>";
}
MissingReading MissingOf(const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  return missing ? *missing : MissingReading{Missing::kUndetermined, "it was read"};
}

TEST_F(ReadFileTest, GivesEveryByteUpToTheLimit) {
  for (std::size_t size : {0ul, 1ul, 4095ul, 4096ul, 4097ul, 20000ul, kLimit}) {
    std::string bytes(size, 'x');
    EXPECT_EQ(TextOf(ReadTextFile(Write("file", bytes), kLimit)), bytes) << size;
  }
  EXPECT_EQ(MissingOf(ReadTextFile(Write("file", std::string(kLimit + 1, 'x')), kLimit)).detail,
            "it is larger than 65536 bytes");
}

TEST_F(ReadFileTest, TenMegabytesAreFailedAndSayWhy) {
  std::string path = Write("huge", "");
  fs::resize_file(path, 10 << 20);
  MissingReading missing = MissingOf(ReadTextFile(path, kLimit));
  EXPECT_EQ(missing.why, Missing::kFailed);
  EXPECT_EQ(missing.detail, "it is larger than 65536 bytes");
}

TEST_F(ReadFileTest, OnlyRegularFilesAreRead) {
  fs::create_directories(Path("folder"));
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  for (const std::string& path : {Path("folder"), Path("pipe"), std::string("/dev/zero")}) {
    EXPECT_EQ(MissingOf(ReadTextFile(path, kLimit)).why, Missing::kFailed) << path;
    EXPECT_EQ(MissingOf(ReadTextFile(path, kLimit)).detail, "it is no regular file") << path;
  }
}

TEST_F(ReadFileTest, ASocketIsThereButCannotBeRead) {
  int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = Path("socket");
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(MissingOf(ReadTextFile(path, kLimit)).why, Missing::kFailed);
  EXPECT_TRUE(std::holds_alternative<StateReading>(ReadPresence(path)));
  EXPECT_TRUE(
      std::holds_alternative<StateReading>(ReadPresenceWithin(folder_.path().string(), path)));
  ::close(listening);
}

TEST_F(ReadFileTest, LinksInACircleAreFailed) {
  fs::create_symlink(Path("b"), Path("a"));
  fs::create_symlink(Path("a"), Path("b"));
  EXPECT_EQ(MissingOf(ReadTextFile(Path("a"), kLimit)).why, Missing::kFailed);
  EXPECT_EQ(MissingOf(ReadPresence(Path("a"))).why, Missing::kFailed);
  EXPECT_EQ(MissingOf(ReadFolder(Path("a"), 10)).why, Missing::kFailed);
  EXPECT_EQ(MissingOf(ReadTextFileWithin(Path(""), Path("a"), kLimit)).why, Missing::kFailed);
}

TEST_F(ReadFileTest, ALinkToNothingIsAbsent) {
  fs::create_symlink(Path("nothing"), Path("link"));
  EXPECT_EQ(MissingOf(ReadTextFile(Path("link"), kLimit)).why, Missing::kAbsent);
  EXPECT_EQ(MissingOf(ReadTextFile(Path("no/such/folder"), kLimit)).why, Missing::kAbsent);
}

// A file that grows faster than it is read comes to an end at the limit.
TEST_F(ReadFileTest, AGrowingFileComesToAnEnd) {
  std::string path = Write("log", "start\n");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    std::ofstream log(path, std::ios::app);
    while (!stop && fs::file_size(path) < (16u << 20)) log << std::string(4096, 'x') << std::flush;
  });
  for (int i = 0; i < 50; ++i) {
    Reading reading = ReadTextFile(path, kLimit);
    if (const auto* text = std::get_if<TextReading>(&reading)) {
      EXPECT_LE(text->text.size(), kLimit);
    } else {
      EXPECT_EQ(MissingOf(reading).detail, "it is larger than 65536 bytes");
    }
  }
  stop = true;
  writer.join();
}

TEST_F(ReadFileTest, BytesThatAreNoTextBecomeQuestionMarks) {
  EXPECT_EQ(TextOf(ReadTextFile(Write("latin1", "Gr\xfc\xdf"), kLimit)), "Gr??");
  EXPECT_EQ(TextOf(ReadTextFile(Write("nul", std::string_view("a\0b", 3)), kLimit)), "a?b");
  EXPECT_EQ(TextOf(ReadTextFile(Write("utf16", std::string_view("\xff\xfe{\0", 4)), kLimit)),
            "??{?");
  EXPECT_EQ(TextOf(ReadTextFile(Write("utf8", "Grüß"), kLimit)), "Grüß");
  EXPECT_EQ(TextOf(ReadTextFile(Write("cut", "Gr\xc3"), kLimit)), "Gr?");
}

TEST_F(ReadFileTest, AFolderOfTooManyNamesIsFailed) {
  for (int i = 0; i < 12; ++i) Write("homes/" + std::to_string(i), "");
  EXPECT_EQ(std::get<KeysReading>(ReadFolder(Path("homes"), 12)).keys.size(), 12u);
  EXPECT_EQ(MissingOf(ReadFolder(Path("homes"), 11)).detail, "it holds more than 11 entries");
}

// A user cannot make the agent, which may read everything, read for them.
TEST_F(ReadFileTest, LinksOutOfAUsersFolderAreNotFollowed) {
  const std::string secret = Write("secret/shadow", "root:hash"), home = Path("home/anna");
  Write("home/anna/dotfiles/settings.json", "{}");
  fs::create_symlink(secret, home + "/file");
  fs::create_directory_symlink(Path("secret"), home + "/folder");
  fs::create_symlink("dotfiles/settings.json", home + "/own");
  fs::create_symlink("/dev/null", home + "/device");
  constexpr auto kWhy = "a link leads out of the user's folder";
  EXPECT_EQ(MissingOf(ReadTextFileWithin(home, home + "/file", kLimit)).detail, kWhy);
  EXPECT_EQ(MissingOf(ReadTextFileWithin(home, home + "/folder/shadow", kLimit)).detail, kWhy);
  EXPECT_EQ(MissingOf(ReadPresenceWithin(home, home + "/folder/shadow")).detail, kWhy);
  EXPECT_EQ(MissingOf(ReadTextFileWithin(home, home + "/device", kLimit)).why, Missing::kFailed);
  EXPECT_EQ(TextOf(ReadTextFileWithin(home, home + "/own", kLimit)), "{}");
  EXPECT_EQ(MissingOf(ReadTextFileWithin(home, home + "/none", kLimit)).why, Missing::kAbsent);
}

// The home itself may be a link: the administrator made it.
TEST_F(ReadFileTest, AHomeMayLieElsewhere) {
  Write("data/anna/settings.json", "{}");
  fs::create_directories(Path("home"));
  fs::create_directory_symlink(Path("data/anna"), Path("home/anna"));
  EXPECT_EQ(TextOf(ReadTextFileWithin(Path("home/anna"), Path("home/anna/settings.json"), kLimit)),
            "{}");
}

// The kernel's own table, while processes come and go: those that are gone are left out.
TEST(ReadProcessesTest, ProcessesThatEndMeanwhileDoNoHarm) {
  std::atomic<bool> stop = false;
  std::thread forks([&] {
    while (!stop) {
      pid_t child = ::fork();
      if (child == 0) ::_exit(0);
      if (child > 0) ::waitpid(child, nullptr, 0);
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(std::holds_alternative<ProcessesReading>(ReadProcesses("/proc")));
  }
  stop = true;
  forks.join();
}

// A process that ended while its folder was open: the kernel answers "no such process".
TEST(ReadProcessesTest, AnEndedProcessIsAbsentNotFailed) {
  pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const std::string comm = "/proc/" + std::to_string(child) + "/comm";
  EXPECT_NE(TextOf(ReadTextFile(comm, 256)), "<no text>");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(MissingOf(ReadTextFile(comm, 256)).why, Missing::kAbsent);
  EXPECT_EQ(MissingBecause(ESRCH).why, Missing::kAbsent);
}

}  // namespace
}  // namespace vdiwatch::agent
