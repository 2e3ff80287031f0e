// A process that dies at any moment has lost nothing that it acknowledged.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>

#include "base/digest.h"
#include "tests/collector/sqlite_files.h"
#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {
namespace {

// What the dying process tells after each commit: the desktops in it, as they are now.
struct Acknowledged {
  std::int64_t desktop_id;
  std::int64_t sequence;
};

constexpr int kBatch = 16;

// Runs in the child until it is killed: every round makes some desktops and changes others.
[[noreturn]] void CommitForEver(const std::filesystem::path& file, const Profile& profile,
                                int pipe) {
  auto db = OpenSqlite(file);
  if (!db) ::_exit(1);
  std::vector<Desktop> desktops;
  std::vector<Incarnation> incarnations;
  for (std::size_t round = 0;; ++round) {
    Changes changes;
    changes.at = kStart;
    for (std::size_t i = 0; i < kBatch; ++i) {
      std::size_t which = (round * 7 + i * 3) % 200;
      if (which >= desktops.size()) {
        which = desktops.size();
        desktops.push_back(MakeDesktop("vm-" + std::to_string(which), profile.pool_id));
        incarnations.push_back(MakeIncarnation(desktops.back()));
      }
      desktops[which].profile = round % 2 ? profile.digest : "";
      desktops[which].presence = static_cast<Presence>(round % 3);
      ++incarnations[which].sequence;
      changes.desktops.push_back(desktops[which]);
      changes.incarnations.push_back(incarnations[which]);
    }
    std::vector<Touch> touches = {
        {incarnations[0].id, desktops[0].id, incarnations[0].sequence, kStart}};
    if (!db->store->TouchAll(touches) || !db->store->Commit(changes)) ::_exit(2);
    std::vector<Acknowledged> told;
    for (const auto& incarnation : changes.incarnations) {
      told.push_back({incarnation.desktop_id, incarnation.sequence});
    }
    std::size_t size = told.size() * sizeof(Acknowledged);
    if (::write(pipe, told.data(), size) != static_cast<ssize_t>(size)) ::_exit(3);
  }
}

class SqliteCrash : public StoreContract {
 protected:
  // Forks a child that commits, kills it after it told this much, and answers what it told.
  std::map<std::int64_t, std::int64_t> RunAndKill(const Profile& profile, int batches) {
    std::map<std::int64_t, std::int64_t> told;
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_t child = ::fork();
    if (child == 0) CommitForEver(File(), profile, ends[1]);
    ::close(ends[1]);
    Acknowledged one{};
    for (int i = 0; i < batches * kBatch; ++i) {
      if (::read(ends[0], &one, sizeof one) != sizeof one) break;
      told[one.desktop_id] = one.sequence;
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    while (::read(ends[0], &one, sizeof one) == sizeof one) told[one.desktop_id] = one.sequence;
    ::close(ends[0]);
    return told;
  }
  std::filesystem::path File() const { return static_cast<SqliteEngine&>(*engine_).file(); }
};

TEST_P(SqliteCrash, KeepsWhatWasAcknowledgedAndItsCounts) {
  Profile profile = AddProfile(PoolId("a"), "good", policy::Grade::kCompliant);
  std::set<std::int64_t> before;
  std::mt19937 random(20261122);
  for (int crash = 0; crash < 10; ++crash) {
    SCOPED_TRACE(crash);
    db_ = {};  // no connection may live through fork
    int batches = std::uniform_int_distribution(1, 40)(random);
    auto told = RunAndKill(profile, batches);
    ASSERT_GE(told.size(), static_cast<std::size_t>(1));
    auto opened = engine_->Open();
    ASSERT_OK(opened);
    db_ = *std::move(opened);
    for (const auto& [desktop_id, sequence] : told) {
      auto incarnations = db_.reader->IncarnationsOf(desktop_id);
      ASSERT_OK(incarnations);
      ASSERT_EQ(incarnations->size(), 1u);
      EXPECT_GE(incarnations->front().sequence, sequence);  // one more commit may have been on disk
    }
    for (std::int64_t desktop_id : before) EXPECT_EQ(Stored(desktop_id).id, desktop_id);
    for (const auto& [desktop_id, sequence] : told) before.insert(desktop_id);
    ExpectCountsEqualRecount();
  }
}

INSTANTIATE_TEST_SUITE_P(Sqlite, SqliteCrash, testing::Values(SqliteCase()));

}  // namespace
}  // namespace vdiwatch::collector
