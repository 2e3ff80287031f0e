#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "server/config.h"
#include "server/http.h"

namespace vdiwatch::server {

struct ListenerOptions {
  Endpoint listen;
  std::filesystem::path certificate;  // PEM, with its chain
  std::filesystem::path key;
  int threads = 32;        // one holds each open connection
  int max_in_flight = 24;  // requests at work; more get 503
  // The most that is read of a body, by method and path.
  std::function<std::size_t(std::string_view, std::string_view)> max_body_bytes =
      [](std::string_view, std::string_view) { return std::size_t{64} << 10; };
  Seconds timeout{10};    // for each read of a request
  Seconds keep_alive{5};  // an idle connection keeps its thread this long
};

// The people's listener: HTTPS (TLS 1.2 or later) by Poco. Calls `answer` from its own threads,
// and turns whatever is thrown there into a problem. Runs from Start until destroyed.
class Listener {
 public:
  using Answerer = std::function<HttpResponse(const HttpRequest&)>;

  // Errors: unavailable (port in use), invalid (certificate or key), each naming the thing.
  static Result<std::unique_ptr<Listener>> Start(const ListenerOptions& options, Answerer answer,
                                                 Log& log);
  virtual ~Listener() = default;
  virtual std::uint16_t port() const = 0;
};

}  // namespace vdiwatch::server
