#include "tests/e2e/api_tap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "collector/ca.h"
#include "server/route.h"
#include "tests/server/https.h"

namespace vdiwatch::e2e {
namespace {

constexpr Seconds kDay{86'400};

template <class T>
T Must(Result<T> result) {
  if (!result) ADD_FAILURE() << result.error().message;
  return result ? *std::move(result) : T();
}

void Keep(const std::filesystem::path& file, const std::string& text) {
  EXPECT_TRUE(WriteFile(file, text, FileMode::kPrivate)) << file;
}

// What belongs to one connection is the listener's own to say.
bool IsOfTheConnection(const std::pair<std::string, std::string>& header) {
  return EqualsIgnoreCase(header.first, "connection") ||
         EqualsIgnoreCase(header.first, "keep-alive") ||
         EqualsIgnoreCase(header.first, "content-length") ||
         EqualsIgnoreCase(header.first, "transfer-encoding");
}

}  // namespace

ApiTap::ApiTap(const std::filesystem::path& folder, std::function<std::uint16_t()> port,
               std::filesystem::path ca_file)
    : folder_(folder), port_(std::move(port)), daemon_ca_file_(std::move(ca_file)) {
  std::filesystem::create_directories(folder_);
  const Time now = SystemClock().Now();
  const auto ca = collector::Ca::OpenOrCreate(folder_, now);
  EXPECT_TRUE(ca) << ca.error().message;
  if (!ca) return;
  const auto pair = Must(ca->IssueServer({"127.0.0.1"}, now, kDay));
  Keep(folder_ / "tap.pem", pair.certificate);
  Keep(folder_ / "tap.key", pair.key);
  listener_ = Must(server::Listener::Start(
      {.listen = {"127.0.0.1", 0},
       .certificate = folder_ / "tap.pem",
       .key = folder_ / "tap.key",
       .max_body_bytes = &server::MaxBodyBytes},
      [this](const server::HttpRequest& request) { return Forward(request); }, log_));
}

server::HttpResponse ApiTap::Forward(const server::HttpRequest& request) {
  const std::scoped_lock lock(one_at_a_time_);
  server::HttpRequest onward = request;
  std::erase_if(onward.headers, IsOfTheConnection);
  server::HttpResponse answer = server::Https(port_(), daemon_ca_file_.string(), onward);
  if (answer.status == 0) return {503, {}, ""};  // the daemon is away; tests may want that
  ++answers_;
  std::erase_if(answer.headers, IsOfTheConnection);
  return answer;
}

}  // namespace vdiwatch::e2e
