#include "server/alert/http_client.h"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <chrono>
#include <istream>
#include <optional>

#include "base/text.h"
#include "server/alert/deadline.h"
#include "server/alert/http_connection.h"

namespace vdiwatch::server::alert {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kMaxAnswerBytes = 16 << 10;
constexpr int kMostHeaders = 100;
constexpr Seconds kLongestRetryAfter{24 * 60 * 60};

// RFC 9110 section 10.2.3: seconds, or a date.
Seconds RetryAfterOf(const net::HTTPResponse& response, Time now) {
  const std::string text(Trim(response.get("Retry-After", "")));
  Seconds span(0);
  Poco::DateTime date;
  int zone = 0;
  if (const auto seconds = ParseInteger(text)) {
    span = Seconds(*seconds);
  } else if (Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, text, date, zone)) {
    span = FromUnix(date.timestamp().epochTime()) - now;
  }
  return std::clamp(span, Seconds(0), kLongestRetryAfter);
}

std::string ReadBeginning(std::istream& in) {
  std::string body(kMaxAnswerBytes, '\0');
  in.read(body.data(), static_cast<std::streamsize>(body.size()));
  body.resize(static_cast<std::size_t>(in.gcount()));
  return body;
}

HttpAnswer Exchange(const net::StreamSocket& socket, const HttpUrl& url, const HttpWay& way,
                    const HttpHeaders& headers, const std::string& body, Time now) {
  net::HTTPClientSession session(socket);  // without a host, so that it opens nothing by itself
  // A proxy wants the whole address where it reads the request.
  const bool read_by_proxy = way.proxy && !url.tls;
  net::HTTPRequest request(net::HTTPRequest::HTTP_POST,
                           (read_by_proxy ? Origin(url) : "") + url.target,
                           net::HTTPMessage::HTTP_1_1);
  request.set("Host", Authority(url));
  request.set("User-Agent", "vdiwatch/" VDIWATCH_VERSION);
  if (read_by_proxy && !way.proxy_authorization.empty()) {
    request.set("Proxy-Authorization", way.proxy_authorization);
  }
  for (const auto& [name, value] : headers) request.set(name, value);
  request.setContentType("application/json");
  request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  request.setKeepAlive(false);
  session.sendRequest(request).write(body.data(), static_cast<std::streamsize>(body.size()));
  net::HTTPResponse response;
  response.setFieldLimit(kMostHeaders);
  std::istream& in = session.receiveResponse(response);
  return {static_cast<int>(response.getStatus()), ReadBeginning(in), RetryAfterOf(response, now)};
}

Error NoAnswer(const HttpUrl& url, std::string_view why) {
  return Unavailable(fmt::format("{} does not answer: {}", Origin(url), Printable(why)));
}

bool BlamesMessage(int status) {
  static constexpr int kStatuses[] = {400, 413, 414, 415, 422, 431};
  return std::ranges::find(kStatuses, status) != std::end(kStatuses);
}

Answer::Outcome OutcomeOf(int status) {
  if (status / 100 == 2) return Answer::Outcome::kDelivered;
  if (status == 410) return Answer::Outcome::kGone;
  return BlamesMessage(status) ? Answer::Outcome::kRejected : Answer::Outcome::kRetry;
}

// What Poco puts before an exception's own words says something of a failed call of the system
// ("Connection refused"), and of HTTP nothing.
std::string WordsOf(const Poco::Exception& failed) {
  const bool of_http = dynamic_cast<const net::HTTPException*>(&failed) != nullptr;
  return of_http && !failed.message().empty() ? failed.message() : failed.displayText();
}

}  // namespace

Result<HttpAnswer> PostJson(const HttpUrl& url, const HttpWay& way, const HttpHeaders& headers,
                            const std::string& body, Time now) {
  ERR_clear_error();  // an old entry of this thread's queue would pass for this one's failure
  const auto begin = std::chrono::steady_clock::now();
  std::optional<Deadline> deadline;
  TlsFinding finding;
  try {
    ASSIGN_OR_RETURN(net::StreamSocket socket, ReachReceiver(url, way));
    deadline.emplace(socket.impl()->sockfd(), begin + way.patience);
    if (url.tls) socket = Secure(socket, url, way, finding);
    HttpAnswer answer = Exchange(socket, url, way, headers, body, now);
    if (!deadline->passed()) return answer;  // else Poco takes the cut for the end of the head
  } catch (const net::HostNotFoundException&) {
    return NoAnswer(url,
                    fmt::format("there is no host '{}'", way.proxy ? way.proxy->host : url.host));
  } catch (const net::NoMessageException&) {
    if (!deadline->passed()) return NoAnswer(url, "it closed the connection");
  } catch (const Poco::TimeoutException&) {
    return NoAnswer(url, "no connection in time");
  } catch (const Poco::Exception& failed) {
    if (!finding.problem.empty()) {
      return Denied(
          fmt::format("the certificate of {} is not trusted: {}", Origin(url), finding.problem));
    }
    if (!deadline || !deadline->passed()) return NoAnswer(url, WordsOf(failed));
  }
  return NoAnswer(url, fmt::format("not within {} s", way.patience.count()));
}

Answer Judge(const Result<HttpAnswer>& posted, const HttpWay& way) {
  if (!posted) return {Answer::Outcome::kRetry, Redact(posted.error().message, way.secrets), {}};
  // First the secrets, then the cut: half a secret is one, too.
  const std::string said = Printable(Trim(Redact(posted->body, way.secrets)));
  return {OutcomeOf(posted->status),
          said.empty() ? fmt::format("{}", posted->status)
                       : fmt::format("{}: {}", posted->status, said),
          posted->retry_after};
}

}  // namespace vdiwatch::server::alert
