#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "server/http.h"

namespace vdiwatch::server {

// RFC 9457: {type, title, status, detail, request_id} and `more` members beside them.
HttpResponse Problem(int status, std::string_view detail, std::string_view request_id,
                     Json more = Json::object());

// The problem behind an Error. The text of internal ones stays in the log.
HttpResponse ProblemOf(const Error& error, std::string_view request_id);

}  // namespace vdiwatch::server
