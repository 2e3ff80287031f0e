#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "collector/store/open.h"

namespace vdiwatch::collector {

// A database of one engine, empty at first; gone with the object.
class StoreEngine {
 public:
  virtual ~StoreEngine() = default;
  virtual Result<Database> Open() = 0;  // the same database each time
};

struct EngineCase {
  const char* name;
  std::function<std::unique_ptr<StoreEngine>()> make;
};
inline void PrintTo(const EngineCase& engine, std::ostream* out) { *out << engine.name; }

inline constexpr Time kStart{Seconds(1'800'000'000)};
inline constexpr Seconds kHour{3600};

// Every engine must pass every test of this suite; sqlite_contract_test.cc and
// postgres_contract_test.cc join it.
class StoreContract : public testing::TestWithParam<EngineCase> {
 protected:
  void SetUp() override;

  // Stored things to build on. Each asserts that it worked.
  std::int64_t PoolId(std::string_view name);
  Profile AddProfile(std::int64_t pool_id, const std::string& name, policy::Grade grade);
  std::int64_t AddToken(std::int64_t pool_id);
  // A desktop with one live incarnation, both stored.
  Desktop AddDesktop(const std::string& host, std::int64_t pool_id, const Profile* profile);
  void Save(const Desktop& desktop, Time at = kStart);
  void Save(const Incarnation& incarnation);

  Desktop Stored(std::int64_t desktop_id);
  KnownIncarnation Find(const Incarnation& incarnation);
  std::int64_t CountOf(std::int64_t pool_id, const std::string& profile, Presence presence);
  // Tallies every desktop one by one, and compares with what the store counted along the way.
  void ExpectCountsEqualRecount();

  std::unique_ptr<StoreEngine> engine_;
  Database db_;
  std::string policy_;  // digest of a stored policy set
};

// Not stored yet.
Desktop MakeDesktop(const std::string& host, std::int64_t pool_id);
Incarnation MakeIncarnation(const Desktop& desktop);
Profile MakeProfile(std::int64_t pool_id, const std::string& name);
std::string FactSetTextOf(const std::string& name);  // behind MakeProfile's facts_digest

void ExpectEqual(const Desktop& a, const Desktop& b);
void ExpectEqual(const Incarnation& a, const Incarnation& b);

}  // namespace vdiwatch::collector

// ASSERT_OK(result), EXPECT_OK(result): it is a value; the error's message otherwise.
#define ASSERT_OK(expression)                            \
  do {                                                   \
    auto&& ok_ = (expression);                           \
    ASSERT_TRUE(ok_.has_value()) << ok_.error().message; \
  } while (false)
#define EXPECT_OK(expression)                            \
  do {                                                   \
    auto&& ok_ = (expression);                           \
    EXPECT_TRUE(ok_.has_value()) << ok_.error().message; \
  } while (false)
#define EXPECT_FAILS(expression, expected_kind)                                           \
  do {                                                                                    \
    auto&& failed_ = (expression);                                                        \
    ASSERT_FALSE(failed_.has_value());                                                    \
    EXPECT_EQ(failed_.error().kind, ErrorKind::expected_kind) << failed_.error().message; \
  } while (false)
