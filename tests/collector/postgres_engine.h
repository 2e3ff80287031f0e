#pragma once

#include <memory>
#include <string>

#include "tests/collector/store_contract.h"
#include "tests/postgres/server.h"

namespace vdiwatch::collector {

// A database of its own in one server.
class PostgresEngine : public StoreEngine {
 public:
  explicit PostgresEngine(testing_postgres::Server& server = testing_postgres::SharedServer())
      : server_(server), database_(server.MakeDatabase()) {}
  ~PostgresEngine() override { server_.DropDatabase(database_); }

  Result<Database> Open() override { return OpenPostgres(settings()); }
  PostgresSettings settings() const { return {server_.Connection(database_), {}}; }
  std::string Execute(const std::string& sql) { return server_.Execute(database_, sql); }
  const std::string& database() const { return database_; }

 private:
  testing_postgres::Server& server_;
  const std::string database_;
};

inline EngineCase PostgresCase() {
  return {"Postgres", [] { return std::make_unique<PostgresEngine>(); }};
}

}  // namespace vdiwatch::collector
