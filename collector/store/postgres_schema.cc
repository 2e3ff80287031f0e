#include "collector/store/postgres_schema.h"

#include <fmt/format.h>

#include "collector/store/migrations.h"

namespace vdiwatch::collector {
namespace {

constexpr std::int64_t kOldestServer = 150'000;  // the release that all this is tested with

// The lock "vdiW" of one number is held while a step runs.
constexpr const char* kBegin =
    "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; "
    "SELECT pg_advisory_xact_lock(1986292055)";

struct Server {
  std::int64_t version;
  std::string encoding;
  bool read_only;
};

Result<void> RequireSuitable(PostgresConnection& connection) {
  auto read = [](Row& row) {
    std::int64_t version = row.Integer();
    std::string encoding = row.Text();
    return Server{version, std::move(encoding), row.Text() == "on"};
  };
  ASSIGN_OR_RETURN(auto server,
                   connection.One("SELECT CAST(current_setting('server_version_num') AS BIGINT), "
                                  "current_setting('server_encoding'), "
                                  "current_setting('transaction_read_only')",
                                  read));
  if (!server) return Internal(connection.where() + ": tells no settings");
  if (server->version < kOldestServer) {
    return Invalid(fmt::format("{}: the server is PostgreSQL {}; 15 or newer is needed",
                               connection.where(), server->version / 10'000));
  }
  if (server->encoding != "UTF8") {
    return Invalid(fmt::format("{}: the database's encoding is {}; make it with ENCODING UTF8",
                               connection.where(), server->encoding));
  }
  if (server->read_only) {
    return Unavailable(connection.where() + ": the database is read-only");
  }
  return {};
}

Result<std::int64_t> Number(Connection& connection, std::string_view sql) {
  ASSIGN_OR_RETURN(auto number, connection.One(sql, [](Row& row) { return row.Integer(); }));
  return number.value_or(0);
}

// The schema of this database, 0 if it is empty.
Result<std::int64_t> SchemaOf(PostgresConnection& connection) {
  ASSIGN_OR_RETURN(auto ours, Number(connection,
                                     "SELECT count(*) FROM pg_class WHERE relname = "
                                     "'vdiwatch_schema' AND relnamespace = "
                                     "to_regnamespace(current_schema()::text)"));
  if (ours == 0) {
    ASSIGN_OR_RETURN(auto relations,
                     Number(connection,
                            "SELECT count(*) FROM pg_class WHERE relkind <> 'i' AND "
                            "relnamespace = to_regnamespace(current_schema()::text)"));
    if (relations != 0) return AnotherPrograms(connection.where());
    return 0;
  }
  ASSIGN_OR_RETURN(auto schema, Number(connection, "SELECT version FROM vdiwatch_schema"));
  if (schema > NewestSchema()) return TooNew(connection.where(), schema);
  return schema;
}

// One transaction: the schema is read again in it, in case another collector was quicker.
Result<bool> Advance(PostgresConnection& connection) {
  RETURN_IF_ERROR(connection.Script(kBegin));
  ASSIGN_OR_RETURN(auto schema, SchemaOf(connection));
  if (schema == 0) {
    RETURN_IF_ERROR(connection.Script(
        "CREATE TABLE vdiwatch_schema (version BIGINT NOT NULL); "
        "CREATE UNIQUE INDEX vdiwatch_schema_has_one_row ON vdiwatch_schema ((true)); "
        "INSERT INTO vdiwatch_schema VALUES (0)"));
  }
  if (schema < NewestSchema()) {
    RETURN_IF_ERROR(connection.Script(PostgresStep(schema)));
    RETURN_IF_ERROR(
        connection.Script(fmt::format("UPDATE vdiwatch_schema SET version = {}", schema + 1)));
  }
  RETURN_IF_ERROR(connection.Script("COMMIT"));
  return schema + 1 < NewestSchema();
}

}  // namespace

Result<void> RequireOurs(PostgresConnection& connection) {
  RETURN_IF_ERROR(RequireSuitable(connection));
  RETURN_IF_ERROR(SchemaOf(connection));
  return {};
}

Result<void> Migrate(PostgresConnection& connection) {
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
