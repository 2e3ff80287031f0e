#include "collector/store/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace vdiwatch::collector {
namespace {

bool IsPermission(int system) { return system == EACCES || system == EPERM || system == EROFS; }

ErrorKind KindOf(int code, int system) {
  switch (code & 0xff) {  // the primary code stands in the lowest byte
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return ErrorKind::kInvalid;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return ErrorKind::kDenied;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return IsPermission(system) ? ErrorKind::kDenied : ErrorKind::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return ErrorKind::kUnavailable;
    case SQLITE_CONSTRAINT:
      return ErrorKind::kConflict;
    default:
      return ErrorKind::kInternal;
  }
}

}  // namespace

Error ErrorOfSqlite(std::string_view file, int code, std::string_view text, int system) {
  ErrorKind kind = KindOf(code, system);
  if ((code & 0xff) == SQLITE_NOTADB) return {kind, fmt::format("{}: not a database", file)};
  if ((code & 0xff) == SQLITE_FULL) return {kind, fmt::format("{}: the disk is full", file)};
  bool io = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
  if (io && system != 0) {
    return {kind, fmt::format("{}: {} ({})", file, text, std::strerror(system))};
  }
  return {kind, fmt::format("{}: {}", file, text)};
}

}  // namespace vdiwatch::collector
