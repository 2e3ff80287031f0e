#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch::collector {

// What an SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html) means to our
// callers; none: the connection is lost. `text` is the server's or libpq's own message.
Error ErrorOfPostgres(std::string_view where, std::string_view sqlstate, std::string_view text);

// Another run of the same transaction may pass: a deadlock, or another writer was in its way.
bool MayRunAgain(std::string_view sqlstate);

// The server that answers is no longer the one to write to (read-only), or is going away.
bool EndsConnection(std::string_view sqlstate);

// libpq's messages in one line, without the blanks around it.
std::string OneLine(std::string_view text);

}  // namespace vdiwatch::collector
