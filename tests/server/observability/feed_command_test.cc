#include <gtest/gtest.h>

#include <sstream>

#include "base/file.h"
#include "base/text.h"
#include "collector/store/store.h"
#include "server/cli.h"
#include "server/handlers_feed.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

class FeedCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    daemon_.Init();
    const auto started = daemon_.Start();
    ASSERT_TRUE(started) << started.error().message;
    profile_ = daemon_.Profile();
    cursor_file_ = (daemon_.directory().path() / "cursor").string();
  }
  void ChangePool(const std::string& name, policy::Grade grade) {
    collector::Store& store = *daemon_.app().database().store;
    const auto pool = store.EnsurePool(name);
    ASSERT_TRUE(pool);
    const collector::PoolChange change{pool->id, {grade, daemon_.clock.Now(), {}}, "[]", true};
    const auto committed = store.CommitPools(
        {&change, 1}, daemon_.app().collector().policy()->digest, {}, daemon_.clock.Now());
    ASSERT_TRUE(committed) << committed.error().message;
    daemon_.clock.Advance(kFeedLag + Seconds(1));
  }
  Ran Feed(std::vector<std::string> more) {
    more.insert(more.begin(), {"feed", "--profile", profile_});
    return RunCli(std::move(more));
  }

  TestDaemon daemon_;
  std::string profile_, cursor_file_;
};

TEST_F(FeedCommandTest, PrintsWhatIsKept) {
  ChangePool("fin", policy::Grade::kNoncompliant);
  const Ran ran = Feed({"--format", "cef"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("|pool-transition|Pool is noncompliant|8|"), std::string::npos) << ran.out;
}

TEST_F(FeedCommandTest, GoesOnWhereItsFileSaysThatItEnded) {
  ChangePool("before", policy::Grade::kNoncompliant);
  EXPECT_EQ(Feed({"--cursor-file", cursor_file_}).out, "");  // begins now
  ChangePool("after", policy::Grade::kNoncompliant);
  const Ran ran = Feed({"--cursor-file", cursor_file_});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out.find("Pool before went from absent to"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("Pool after went from absent to noncompliant"), std::string::npos);
  const Ran again = Feed({"--cursor-file", cursor_file_});
  EXPECT_EQ(again.out.find("Pool after went from absent to"), std::string::npos) << again.out;
  const Ran told = Feed({"--cursor-file", cursor_file_, "--from", "start"});
  EXPECT_EQ(told.out, "");
  EXPECT_EQ(told.err,
            "vdiwatch: --from start is not used: " + cursor_file_ + " says where to go on\n");
}

// A reader that goes away after so many bytes.
class Broken : public std::stringbuf {
 public:
  explicit Broken(std::streamsize room) : room_(room) {}

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (count > room_) return 0;
    room_ -= count;
    return std::stringbuf::xsputn(text, count);
  }

 private:
  std::streamsize room_;
};

TEST_F(FeedCommandTest, WhatWasNotWrittenIsNotCounted) {
  ChangePool("fin", policy::Grade::kNoncompliant);
  Broken broken(10);
  std::ostream out(&broken);
  std::ostringstream err;
  EXPECT_EQ(RunCommandLine({"feed", "--profile", profile_, "--from", "start", "--follow",
                            "--cursor-file", cursor_file_},
                           {out, err}),
            kOutputLost);
  EXPECT_FALSE(ReadFile(cursor_file_, 100));
}

TEST_F(FeedCommandTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Feed({"--format", "leef"}).code, 64);
  EXPECT_EQ(Feed({"--every", "soon"}).code, 64);
}

}  // namespace
}  // namespace vdiwatch::server
