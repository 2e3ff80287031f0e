#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace vdiwatch::server {

// One complete request, free of the library that read it. Header names are lower case.
struct HttpRequest {
  std::string method;
  std::string path;  // as sent, still percent-encoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in the order of the URL
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  std::string remote_ip;
  std::string id;  // request_id of problems and log lines

  // The header's value, or empty.
  std::string_view Header(std::string_view lower_case_name) const;
  // The cookie's value, or empty.
  std::string_view Cookie(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Type among them
  std::string body;

  std::string_view Header(std::string_view name) const;  // the first of this name, or empty
};

HttpResponse JsonResponse(const Json& body, int status = 200);
HttpResponse TextResponse(std::string body, int status = 200);

// "a%20b" -> "a b"; nothing if an escape is broken or the result is no UTF-8 text.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_blank = false);
// For one path segment or query value.
std::string PercentEncode(std::string_view text);

// The parameters behind the '?'; an error names the one that cannot be read.
Result<std::vector<std::pair<std::string, std::string>>> ParseQuery(std::string_view query);

}  // namespace vdiwatch::server
