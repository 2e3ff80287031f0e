#include "collector/store/postgres_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vdiwatch::collector {
namespace {

struct Meaning {
  std::string_view sqlstate;  // or its class, the first two characters
  ErrorKind kind;
  std::string_view text;  // instead of the server's; empty: the server's
};

// Codes stand before their classes.
constexpr Meaning kMeanings[] = {
    {"22021", ErrorKind::kInvalid, ""},  // not in the encoding
    {"25006", ErrorKind::kUnavailable, "the database is read-only"},
    {"3D000", ErrorKind::kNotFound, ""},  // no such database
    {"42501", ErrorKind::kDenied, ""},    // insufficient privilege
    {"53100", ErrorKind::kUnavailable, "the server's disk is full"},
    {"57014", ErrorKind::kUnavailable, "a statement took too long"},
    {"55P03", ErrorKind::kUnavailable, "another writer holds a lock for too long"},
    {"58030", ErrorKind::kUnavailable, ""},  // I/O error
    {"08", ErrorKind::kUnavailable, ""},     // connection
    {"23", ErrorKind::kConflict, ""},        // integrity constraint
    {"25P", ErrorKind::kUnavailable, ""},    // the transaction was ended from outside
    {"28", ErrorKind::kDenied, ""},          // authorization
    {"40", ErrorKind::kUnavailable, ""},     // deadlock, serialization
    {"53", ErrorKind::kUnavailable, ""},     // resources
    {"57", ErrorKind::kUnavailable, ""},     // shutting down, starting up
};

}  // namespace

Error ErrorOfPostgres(std::string_view where, std::string_view sqlstate, std::string_view text) {
  if (sqlstate.empty()) {
    return Unavailable(fmt::format("{}: {}", where, OneLine(text)));
  }
  auto meaning = std::ranges::find_if(
      kMeanings, [&](const Meaning& one) { return sqlstate.starts_with(one.sqlstate); });
  bool known = meaning != std::end(kMeanings);
  std::string why = known && !meaning->text.empty() ? std::string(meaning->text) : OneLine(text);
  return {known ? meaning->kind : ErrorKind::kInternal, fmt::format("{}: {}", where, why)};
}

bool MayRunAgain(std::string_view sqlstate) { return sqlstate == "40001" || sqlstate == "40P01"; }

bool EndsConnection(std::string_view sqlstate) {
  return sqlstate.empty() || sqlstate == "25006" || sqlstate.starts_with("57P") ||
         sqlstate.starts_with("08") || sqlstate.starts_with("25P");
}

std::string OneLine(std::string_view text) {
  std::string line;
  for (std::string_view part : Split(text, '\n')) {
    part = Trim(part);
    if (part.empty()) continue;
    if (!line.empty()) line += "; ";
    line += part;
  }
  return Printable(line, 400);
}

}  // namespace vdiwatch::collector
