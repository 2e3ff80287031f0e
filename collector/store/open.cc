#include "collector/store/open.h"

#include <string_view>
#include <utility>

#include "collector/store/postgres_database.h"
#include "collector/store/sql_access.h"
#include "collector/store/sql_alerts.h"
#include "collector/store/sql_feed.h"
#include "collector/store/sql_index.h"
#include "collector/store/sql_past.h"
#include "collector/store/sql_probe.h"
#include "collector/store/sql_reader.h"
#include "collector/store/sql_reports.h"
#include "collector/store/sql_store.h"
#include "collector/store/sql_trends.h"
#include "collector/store/sqlite_database.h"

namespace vdiwatch::collector {
namespace {

Database FacesOf(const std::shared_ptr<SqlDatabase>& database, std::string_view size) {
  return {MakeSqlStore(database),      MakeSqlReader(database),       MakeSqlAccess(database),
          MakeSqlAlerts(database),     MakeSqlReportReader(database), MakeSqlReports(database),
          MakeSqlTrends(database),     MakeSqlIndex(database),        MakeSqlFeed(database),
          MakeSqlProbe(database, size)};
}

}  // namespace

Result<Database> OpenSqlite(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(file));
  return FacesOf(database,
                 "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
}

Result<Database> OpenPostgres(const PostgresSettings& settings) {
  ASSIGN_OR_RETURN(auto database, PostgresDatabase::Open(settings));
  return FacesOf(database, "SELECT pg_database_size(current_database())");
}

}  // namespace vdiwatch::collector
