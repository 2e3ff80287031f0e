// Durable state changes per second: the store on each engine, beside the same statements from a
// bare program, in turns of one run. A change is a desktop that moved to another profile, with the
// incarnation that told it. Prints rows for docs/benchmarks.md.

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "collector/store/open.h"
#include "collector/store/postgres_wire.h"
#include "tests/postgres/server.h"

namespace vdiwatch::collector {
namespace {

constexpr int kDesktops = 20'000, kProfiles = 32, kBatch = 256, kTurns = 5;
constexpr auto kTurn = std::chrono::seconds(4);
constexpr Time kNow{Seconds(1'800'000'000)};

template <class T>
T Must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}
void Must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

struct Fleet {
  std::vector<Desktop> desktops;
  std::vector<Incarnation> incarnations;
  std::vector<Profile> profiles;
};

Fleet MakeFleet(Store& store) {
  Fleet fleet;
  std::string policy = DigestText("policy");
  Must(store.SavePolicySet(policy, "", kNow));
  Pool pool = Must(store.EnsurePool("bench"));
  Changes changes;
  changes.at = kNow;
  changes.policy = policy;
  std::string facts = R"({"platform.kind":{"value":"vmware"}})";
  changes.fact_sets = {{DigestText(facts), facts}};
  for (int i = 0; i < kProfiles; ++i) {
    Profile profile{Sha256(std::to_string(i)), pool.id, DigestText(facts),
                    std::to_string(i),         "{}",    {}};
    changes.profiles.push_back(profile);
    changes.verdicts.push_back({profile.digest, policy::Grade::kCompliant, "{}", {}});
    fleet.profiles.push_back(profile);
  }
  for (int i = 0; i < kDesktops; ++i) {
    Desktop desktop;
    desktop.id = 1'000'003LL * (i + 1);
    desktop.pool_id = pool.id;
    desktop.claims.host_name = fmt::format("vm-{}", i);
    desktop.claims.domain = "corp.example";
    desktop.claims.smbios_uuid = fmt::format("42091c7c-0000-4000-8000-{:012x}", i);
    desktop.slot = "domain:corp.example/" + desktop.claims.host_name;
    desktop.created_at = desktop.last_seen = kNow;
    desktop.profile = fleet.profiles[static_cast<std::size_t>(i % kProfiles)].digest;
    desktop.facts_digest = DigestText(facts);
    desktop.agent_version = "0.1.0";
    desktop.os = "windows";
    desktop.last_boot = policy::Boot{Hex(Sha256(std::to_string(i))).substr(0, 32),
                                     {Hex(Sha256(std::to_string(i))).substr(32), kNow, 3}};
    Incarnation incarnation;
    incarnation.id = desktop.id + 1;
    incarnation.desktop_id = desktop.id;
    incarnation.key = Sha256("key" + std::to_string(i));
    incarnation.boot_id = desktop.last_boot->boot_id;
    incarnation.enrolled_at = incarnation.certificate_expires = incarnation.last_seen = kNow;
    incarnation.claims = desktop.claims;
    fleet.desktops.push_back(desktop);
    fleet.incarnations.push_back(incarnation);
    changes.desktops.push_back(std::move(desktop));
    changes.incarnations.push_back(std::move(incarnation));
  }
  Must(store.Commit(changes));
  return fleet;
}

// The next batch of changes to the fleet, going round.
class Next {
 public:
  explicit Next(Fleet& fleet) : fleet_(fleet) {}
  std::vector<std::size_t> Change() {
    std::vector<std::size_t> changed;
    for (int i = 0; i < kBatch; ++i) {
      std::size_t which = at_++ * 7919 % fleet_.desktops.size();
      Desktop& desktop = fleet_.desktops[which];
      desktop.profile = fleet_.profiles[(at_ + at_ / fleet_.desktops.size()) % kProfiles].digest;
      desktop.last_seen += Seconds(1);
      fleet_.incarnations[which].last_seen += Seconds(1);
      ++fleet_.incarnations[which].sequence;
      changed.push_back(which);
    }
    return changed;
  }

 private:
  Fleet& fleet_;
  std::size_t at_ = 0;
};

// Changes per second of `commit`, which stores one batch.
double Measure(const std::function<void()>& commit) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  int batches = 0;
  for (; Clock::now() - begin < kTurn; ++batches) commit();
  return batches * kBatch / std::chrono::duration<double>(Clock::now() - begin).count();
}

// --- The yardstick: the store's statements for such a batch, and nothing around them
// --------------

struct Work {
  const char* sql;
  std::function<void(Rows&, const Fleet&, std::size_t)> add;
};

// Ids of the one pool, fact set and profiles are 1, 1 and 1 to kProfiles: the database is new.
std::int64_t ProfileId(const Fleet& fleet, std::size_t which) {
  auto same = [&](const Profile& p) { return p.digest == fleet.desktops[which].profile; };
  return std::ranges::find_if(fleet.profiles, same) - fleet.profiles.begin() + 1;
}

const std::vector<Work>& Writes() {
  static const std::vector<Work> kWrites = {
      {"UPDATE desktop SET presence = ?2, last_seen = ?3, facts_id = ?4, facts_pending = ?5, "
       "readings_id = ?6, readings_pending = ?7, state_id = ?8, per_desktop = ?9, "
       "agent_version = ?10, os = ?11, duplicate = ?12, boot_id = ?13, canary_id = ?14, "
       "canary_created_at = ?15, canary_boots = ?16, survived = ?17, resets = ?18, "
       "resets_in_a_row = ?19, created_at = ?20 WHERE id = ?1",
       [](Rows& rows, const Fleet& fleet, std::size_t which) {
         const Desktop& d = fleet.desktops[which];
         std::optional<std::int64_t> none;
         rows.Add(d.id, 0, d.last_seen, 1, Blob{""}, none, Blob{""}, none, OrNull{""},
                  d.agent_version, d.os, d.duplicate, d.last_boot->boot_id, d.last_boot->canary.id,
                  kNow, 3, 0, 0, 0, kNow);
       }},
      {"UPDATE desktop SET pool_id = ?2, profile_id = ?3 WHERE id = ?1",
       [](Rows& rows, const Fleet& fleet, std::size_t which) {
         rows.Add(fleet.desktops[which].id, 1, ProfileId(fleet, which));
       }},
      {"INSERT INTO desktop_log (desktop_id, at, pool_id, profile_id, presence) "
       "VALUES (?1, ?2, ?3, ?4, ?5)",
       [](Rows& rows, const Fleet& fleet, std::size_t which) {
         rows.Add(fleet.desktops[which].id, kNow, 1, ProfileId(fleet, which), 0);
       }},
      {"UPDATE incarnation SET state = ?4, token_id = ?5, enrolled_at = ?6, "
       "certificate_expires = ?7, boot_id = ?8, sequence = ?9, last_seen = ?10, claims = ?11 "
       "WHERE id = ?1 AND desktop_id = ?2 AND key = ?3",
       [](Rows& rows, const Fleet& fleet, std::size_t which) {
         const Incarnation& i = fleet.incarnations[which];
         std::optional<std::int64_t> none;
         rows.Add(i.id, i.desktop_id, Blob{i.key}, 0, none, i.enrolled_at, i.certificate_expires,
                  i.boot_id, i.sequence, i.last_seen, OrNull{""});
       }},
  };
  return kWrites;
}
constexpr const char* kReadDesktop =
    "SELECT id, pool_id, profile_id, presence, slot, host_name, smbios_uuid, cloud_vm_id, claims "
    "FROM desktop WHERE id = ?1";
constexpr const char* kReadIncarnation =
    "SELECT id, desktop_id, key FROM incarnation WHERE id = ?1";
// As many rows as a batch that moves desktops between all profiles writes.
constexpr const char* kCount =
    "UPDATE profile_count SET desktops = desktops + ?2 WHERE profile_id = ?1 AND presence = 0";

Rows CountRows() {
  Rows rows;
  for (int i = 1; i <= kProfiles; ++i) rows.Add(i, 1);
  return rows;
}

class BareSqlite {
 public:
  explicit BareSqlite(const std::filesystem::path& file) {
    sqlite3_open(file.c_str(), &db_);
    Execute(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536; "
        "PRAGMA wal_autocheckpoint = 4096");
  }
  ~BareSqlite() {
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }
  void Execute(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) std::exit(1);
  }
  void Each(const char* sql, const Rows& rows) {
    sqlite3_stmt*& statement = statements_[sql];
    if (!statement)
      sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      int parameter = 0;
      for (const Value& value : rows[row]) Bind(statement, ++parameter, value);
      while (sqlite3_step(statement) == SQLITE_ROW) {
      }
      if (sqlite3_reset(statement) != SQLITE_OK) std::exit(1);
    }
  }

 private:
  static void Bind(sqlite3_stmt* statement, int parameter, const Value& value) {
    if (value.null) {
      sqlite3_bind_null(statement, parameter);
    } else if (value.type == Value::Type::kInteger) {
      sqlite3_bind_int64(statement, parameter, value.integer);
    } else if (value.type == Value::Type::kBytes) {
      sqlite3_bind_blob64(statement, parameter, value.bytes.data(), value.bytes.size(),
                          SQLITE_STATIC);
    } else {
      sqlite3_bind_text64(statement, parameter, value.bytes.data(), value.bytes.size(),
                          SQLITE_STATIC, SQLITE_UTF8);
    }
  }
  sqlite3* db_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

class BarePostgres {
 public:
  explicit BarePostgres(const std::string& connection) : db_(PQconnectdb(connection.c_str())) {}
  ~BarePostgres() { PQfinish(db_); }
  void Execute(const char* sql) { Check(PQexec(db_, sql)); }
  void Each(const char* sql, const Rows& rows) {
    bool reads = std::string_view(sql).starts_with("SELECT");
    std::vector<std::string> arrays;
    std::vector<unsigned> types;
    for (std::size_t i = 0; i < rows.width(); ++i) {
      std::vector<Value> column;
      for (std::size_t row = 0; row < rows.size(); ++row) column.push_back(rows[row][i]);
      types.push_back(ArrayTypeOf(column.front().type));
      arrays.push_back(EncodeArray(column));
    }
    auto [statement, fresh] = statements_.emplace(sql, fmt::format("b{}", statements_.size()));
    if (fresh) {
      std::string text =
          reads ? OverArray(sql) + " ORDER BY id FOR NO KEY UPDATE" : OverRows(sql, rows[0]);
      Check(PQprepare(db_, statement->second.c_str(), text.c_str(), static_cast<int>(types.size()),
                      types.data()));
    }
    std::vector<const char*> values;
    std::vector<int> lengths, formats(arrays.size(), 1);
    for (const auto& array : arrays) {
      values.push_back(array.data());
      lengths.push_back(static_cast<int>(array.size()));
    }
    Check(PQexecPrepared(db_, statement->second.c_str(), static_cast<int>(values.size()),
                         values.data(), lengths.data(), formats.data(), 1));
  }

 private:
  void Check(PGresult* result) {
    auto status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      std::fprintf(stderr, "%s", PQerrorMessage(db_));
      std::exit(1);
    }
    PQclear(result);
  }
  PGconn* db_;
  std::unordered_map<const char*, std::string> statements_;
};

template <class Bare>
void CommitBare(Bare& bare, const char* begin, const Fleet& fleet,
                const std::vector<std::size_t>& changed) {
  Rows desktops, incarnations;
  for (std::size_t which : changed) {
    desktops.Add(fleet.desktops[which].id);
    incarnations.Add(fleet.incarnations[which].id);
  }
  bare.Execute(begin);
  bare.Each(kReadDesktop, desktops);
  bare.Each(kReadIncarnation, incarnations);
  for (const Work& work : Writes()) {
    Rows rows;
    for (std::size_t which : changed) work.add(rows, fleet, which);
    bare.Each(work.sql, rows);
  }
  static const Rows kCounts = CountRows();
  bare.Each(kCount, kCounts);
  bare.Execute("COMMIT");
}

void CommitStore(Store& store, const Fleet& fleet, const std::vector<std::size_t>& changed) {
  Changes changes;
  changes.at = kNow;
  for (std::size_t which : changed) {
    changes.desktops.push_back(fleet.desktops[which]);
    changes.incarnations.push_back(fleet.incarnations[which]);
  }
  Must(store.Commit(changes));
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Turns of both, one after the other, on two databases with the same fleet.
void Compare(const char* engine, Store& store, Fleet& fleet, Fleet& bare_fleet,
             const std::function<void(const std::vector<std::size_t>&)>& commit_bare) {
  Next next(fleet), next_bare(bare_fleet);
  std::vector<double> ours, bare, ratios;
  for (int turn = 0; turn < kTurns; ++turn) {
    ours.push_back(Measure([&] { CommitStore(store, fleet, next.Change()); }));
    bare.push_back(Measure([&] { commit_bare(next_bare.Change()); }));
    ratios.push_back(ours.back() / bare.back());
    fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.2f} |\n", engine, turn + 1, ours.back(),
               bare.back(), ratios.back());
  }
  fmt::print("| {} | **median** | {:.0f} | {:.0f} | **{:.2f}** |\n", engine, Median(ours),
             Median(bare), Median(ratios));
}

int Run() {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("vdiwatch-bench-" + Hex(RandomBytes(6)));
  fs::create_directories(folder);
  fmt::print(
      "| engine | turn | store, changes/s | bare, changes/s | ratio |\n|---|---|---|---|---|\n");
  {
    Database ours = Must(OpenSqlite(folder / "ours.db"));
    Fleet fleet = MakeFleet(*ours.store);
    Fleet bare_fleet = MakeFleet(*Must(OpenSqlite(folder / "bare.db")).store);
    BareSqlite bare(folder / "bare.db");
    Compare("SQLite", *ours.store, fleet, bare_fleet,
            [&](const auto& changed) { CommitBare(bare, "BEGIN IMMEDIATE", bare_fleet, changed); });
  }
  {
    testing_postgres::Server server(testing_postgres::Server::Sync::kOn);
    const std::string ours_name = server.MakeDatabase(), bare_name = server.MakeDatabase();
    Database ours = Must(OpenPostgres({server.Connection(ours_name), {}}));
    Fleet fleet = MakeFleet(*ours.store);
    Fleet bare_fleet = MakeFleet(*Must(OpenPostgres({server.Connection(bare_name), {}})).store);
    server.Execute(ours_name, "VACUUM ANALYZE");
    server.Execute(bare_name, "VACUUM ANALYZE");
    BarePostgres bare(server.Connection(bare_name));
    Compare("PostgreSQL", *ours.store, fleet, bare_fleet,
            [&](const auto& changed) { CommitBare(bare, "BEGIN", bare_fleet, changed); });
  }
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace vdiwatch::collector

int main() { return vdiwatch::collector::Run(); }
