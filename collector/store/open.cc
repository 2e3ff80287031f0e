#include "collector/store/open.h"

#include <utility>

#include "collector/store/postgres_database.h"
#include "collector/store/sql_access.h"
#include "collector/store/sql_alerts.h"
#include "collector/store/sql_index.h"
#include "collector/store/sql_reader.h"
#include "collector/store/sql_store.h"
#include "collector/store/sql_trends.h"
#include "collector/store/sqlite_database.h"

namespace vdiwatch::collector {
namespace {

Database FacesOf(const std::shared_ptr<SqlDatabase>& database) {
  return {MakeSqlStore(database),  MakeSqlReader(database), MakeSqlAccess(database),
          MakeSqlAlerts(database), MakeSqlTrends(database), MakeSqlIndex(database)};
}

}  // namespace

Result<Database> OpenSqlite(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(file));
  return FacesOf(database);
}

Result<Database> OpenPostgres(const PostgresSettings& settings) {
  ASSIGN_OR_RETURN(auto database, PostgresDatabase::Open(settings));
  return FacesOf(database);
}

}  // namespace vdiwatch::collector
