// The contract of StoreProbe.

#include "collector/store/store_probe.h"

#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

TEST_P(StoreContract, AProbeWritesAndChangesNothing) {
  const auto before = db_.reader->PolicySets(10);
  ASSERT_OK(before);
  EXPECT_OK(db_.probe->CheckWritable());
  const auto after = db_.reader->PolicySets(10);
  ASSERT_OK(after);
  ASSERT_EQ(after->size(), before->size());
  EXPECT_EQ(after->front().at, before->front().at);
  const auto size = db_.probe->SizeBytes();
  ASSERT_OK(size);
  EXPECT_GT(*size, 10'000);
}

}  // namespace
}  // namespace vdiwatch::collector
