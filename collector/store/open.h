#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "collector/store/postgres_settings.h"
#include "collector/store/reader.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

class AccessStore;
class AlertStore;
class FleetIndex;
class TrendStore;

// The faces of one database; they share its connections and live as long as it does.
struct Database {
  std::shared_ptr<Store> store;
  std::shared_ptr<FleetReader> reader;
  std::shared_ptr<AccessStore> access;
  std::shared_ptr<AlertStore> alerts;
  std::shared_ptr<TrendStore> trends;
  std::shared_ptr<FleetIndex> index;
};

// Opens or makes the file and brings its schema up to date. WAL, synchronous=FULL, one writer.
// Errors: invalid (no database), denied, conflict (written by a newer version), unavailable.
Result<Database> OpenSqlite(const std::filesystem::path& file);

// Brings the schema of a database that is there up to date. Errors: unavailable (no server, or
// read-only), denied, invalid (settings, another program's database), conflict as above.
Result<Database> OpenPostgres(const PostgresSettings& settings);

}  // namespace vdiwatch::collector
