#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch::collector {

// Where a PostgreSQL database is, as libpq takes it ("host=… dbname=… user=…" or a URI;
// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS). The password stands
// in a file, which is read again for every connection; empty: none, or libpq's own ways.
struct PostgresSettings {
  std::string connection;
  std::filesystem::path password_file;
};

// Whether libpq understands it and it holds no password. The error repeats nothing of the text.
Result<void> CheckPostgresConnection(std::string_view connection);

}  // namespace vdiwatch::collector
