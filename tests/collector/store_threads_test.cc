// The contract with many threads at once: readers see whole commits and never wait for the writer's
// transaction.

#include <atomic>
#include <thread>

#include "base/digest.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

TEST_P(StoreContract, ReadersSeeWholeCommits) {
  std::int64_t pool = PoolId("a");
  constexpr int kCommits = 60, kBatch = 10, kReaders = 12;  // more readers than connections
  std::atomic<bool> done{false};
  std::atomic<int> reads{0}, torn{0}, failed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      std::int64_t last = 0;
      while (!done) {
        auto pools = db_.reader->PoolSummaries();
        if (!pools) ++failed;
        std::int64_t desktops = pools ? pools->front().desktops : 0;
        if (desktops % kBatch != 0 || desktops < last) ++torn;
        last = desktops;
        ++reads;
      }
    });
  }
  std::thread sweeper([&] {
    while (!done) {
      if (!db_.store->Sweep(pool, kStart, kStart, kStart)) ++failed;
    }
  });
  for (int commit = 0; commit < kCommits; ++commit) {
    Changes changes;
    for (int i = 0; i < kBatch; ++i) {
      changes.desktops.push_back(MakeDesktop("vm-" + std::to_string(commit * kBatch + i), pool));
      changes.incarnations.push_back(MakeIncarnation(changes.desktops.back()));
    }
    EXPECT_OK(db_.store->Commit(changes));
    // What a commit that returned wrote is what every later read sees.
    EXPECT_EQ(db_.reader->PoolSummaries()->front().desktops, (commit + 1) * kBatch);
    Touch touch{changes.incarnations[0].id, changes.desktops[0].id, 2, kStart + kHour};
    EXPECT_OK(db_.store->TouchAll({&touch, 1}));
  }
  done = true;
  for (auto& reader : readers) reader.join();
  sweeper.join();
  EXPECT_GT(reads, 0);
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(failed, 0);
}

TEST_P(StoreContract, WritersTakeTurns) {
  std::int64_t pool = PoolId("a");
  constexpr int kWriters = 6, kCommits = 20;
  std::atomic<int> failed{0};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kCommits; ++i) {
        Changes changes;
        changes.desktops = {
            MakeDesktop("vm-" + std::to_string(writer) + "-" + std::to_string(i), pool)};
        if (!db_.store->Commit(changes)) ++failed;
        if (!db_.store->EnsurePool("pool-" + std::to_string(i))) ++failed;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(db_.reader->Desktops({.limit = 1000})->size(),
            static_cast<std::size_t>(kWriters * kCommits));
  EXPECT_EQ(db_.store->Pools()->size(), static_cast<std::size_t>(kCommits + 1));
}

TEST_P(StoreContract, TwoProcessesWorthOfConnectionsShareOneDatabase) {
  PoolId("a");
  auto second = engine_->Open();  // the command line beside the daemon
  ASSERT_OK(second);
  ASSERT_OK(second->store->EnsurePool("b"));
  EXPECT_EQ(db_.store->Pools()->size(), 2u);
  ASSERT_OK(db_.store->EnsurePool("c"));
  EXPECT_EQ(second->store->Pools()->size(), 3u);
}

}  // namespace
}  // namespace vdiwatch::collector
