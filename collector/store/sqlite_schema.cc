#include "collector/store/sqlite_schema.h"

#include <fmt/format.h>

#include "collector/store/migrations.h"

namespace vdiwatch::collector {
namespace {

// "vdiW", as PRAGMA application_id: tells our files from other SQLite databases.
constexpr std::int64_t kApplicationId = 0x76646957;

Result<std::int64_t> Number(Connection& connection, std::string_view sql) {
  ASSIGN_OR_RETURN(auto number, connection.One(sql, [](Row& row) { return row.Integer(); }));
  return number.value_or(0);
}

// The schema of this file, 0 if it is empty.
Result<std::int64_t> SchemaOf(SqliteConnection& connection) {
  ASSIGN_OR_RETURN(auto application, Number(connection, "PRAGMA application_id"));
  ASSIGN_OR_RETURN(auto tables, Number(connection, "SELECT count(*) FROM sqlite_schema"));
  std::string file = connection.file().string();
  if (application != kApplicationId && (application != 0 || tables != 0)) {
    return AnotherPrograms(file);
  }
  ASSIGN_OR_RETURN(auto schema, Number(connection, "PRAGMA user_version"));
  if (schema > NewestSchema()) return TooNew(file, schema);
  return schema;
}

// One transaction: the schema is read again in it, in case another process was quicker.
Result<bool> Advance(SqliteConnection& connection) {
  RETURN_IF_ERROR(connection.Script("BEGIN IMMEDIATE"));
  ASSIGN_OR_RETURN(auto schema, SchemaOf(connection));
  if (schema < NewestSchema()) {
    RETURN_IF_ERROR(connection.Script(SqliteStep(schema)));
    RETURN_IF_ERROR(connection.Script(fmt::format("PRAGMA application_id = {}", kApplicationId)));
    RETURN_IF_ERROR(connection.Script(fmt::format("PRAGMA user_version = {}", schema + 1)));
  }
  RETURN_IF_ERROR(connection.Script("COMMIT"));
  return schema + 1 < NewestSchema();
}

}  // namespace

Result<void> RequireOurs(SqliteConnection& connection) {
  RETURN_IF_ERROR(SchemaOf(connection));
  return {};
}

Result<void> Migrate(SqliteConnection& connection) {
  ASSIGN_OR_RETURN(auto schema, SchemaOf(connection));
  for (bool more = schema < NewestSchema(); more;) {
    Result<bool> advanced = Advance(connection);
    if (!advanced) {
      (void)connection.Script("ROLLBACK");  // the first error says why
      return std::move(advanced).error();
    }
    more = *advanced;
  }
  return {};
}

}  // namespace vdiwatch::collector
