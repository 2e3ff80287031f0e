#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/alert/http_receiver.h"
#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  int status = 0;
  std::string body;        // its beginning
  Seconds retry_after{0};  // 0: not said
};

// One POST of JSON over a connection of its own; redirections are answers. Whatever the receiver
// does, it takes no longer than resolving its name and way.patience. Errors name the origin
// alone: denied (an address that must not be asked, a certificate that is not trusted),
// unavailable.
Result<HttpAnswer> PostJson(const HttpUrl& url, const HttpWay& way, const HttpHeaders& headers,
                            const std::string& body, Time now);

// What that means for a message. 2xx: delivered. 400, 413, 414, 415, 422 and 431 blame the message:
// rejected. 410: gone. All else can be mended over there (3xx, 401, 403, 404, 5xx) or passes
// (408, 429, no answer): again later. Its text holds no secret of the way.
Answer Judge(const Result<HttpAnswer>& posted, const HttpWay& way);

}  // namespace vdiwatch::server::alert
