#include "agent/transport.h"

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <istream>

#include "agent/tls_context.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kMaxReplyBytes = 1 << 20;
constexpr std::int64_t kLongestRetryAfter = 24 * 60 * 60;

Poco::Timespan SpanOf(Seconds seconds) { return Poco::Timespan(seconds.count(), 0); }

// Retry-After in its form as seconds; the date form is not worth a second clock.
std::optional<Seconds> RetryAfterOf(const net::HTTPResponse& response) {
  if (!response.has("Retry-After")) return std::nullopt;
  auto seconds = ParseInteger(Trim(response.get("Retry-After")));
  if (!seconds || *seconds < 0) return std::nullopt;
  return Seconds(std::min(*seconds, kLongestRetryAfter));
}

Result<std::string> ReadBody(std::istream& stream) {
  std::string body;
  char chunk[4096];
  while (stream.read(chunk, sizeof chunk), stream.gcount() > 0) {
    body.append(chunk, static_cast<std::size_t>(stream.gcount()));
    if (body.size() > kMaxReplyBytes) return Unavailable("its answer is too long");
  }
  return body;
}

HttpReply DisownedReply() {
  return {.status = 401,
          .body = R"({"error":{"kind":"denied","message":"this agent's certificate is of an )"
                  R"(authority that the collector does not know"}})",
          .retry_after = {}};
}

}  // namespace

struct Transport::Verification {
  PeerCheck check;
  Time now{};
};

Transport::Transport(TransportOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      verification_(std::make_unique<Verification>()) {}

Transport::~Transport() = default;

Result<std::unique_ptr<Transport>> Transport::Create(TransportOptions options, const Clock& clock) {
  std::unique_ptr<Transport> transport(new Transport(std::move(options), clock));
  RETURN_IF_ERROR(transport->Prepare({}));  // opens nothing yet: it checks the CA
  transport->Close();
  return transport;
}

void Transport::Present(std::string_view certificate, std::string_view key) {
  if (certificate == certificate_ && key == key_) return;
  certificate_ = certificate;
  key_ = key;
  Close();
  session_ = nullptr;  // a resumed session would still speak for the old certificate
}

void Transport::Close() { connection_.reset(); }

// The network may have changed since the last time, and the system's proxy with it.
Result<void> Transport::Connect() {
  auto proxy = ChooseProxy(options_.proxy, options_.collector);
  if (!proxy) {
    return Unavailable(fmt::format("the collector {} cannot be used: {}",
                                   ToString(options_.collector), proxy.error().message));
  }
  return Prepare(*proxy);
}

Result<void> Transport::Prepare(const ProxyChoice& proxy) {
  *verification_ = {.check = {}, .now = clock_.Now()};
  ASSIGN_OR_RETURN(net::Context::Ptr context,
                   MakeTlsContext({.host = options_.collector.host,
                                   .ca_pem = options_.ca_pem + "\n" + trusted_,
                                   .ca_pins = options_.ca_pins,
                                   .certificate = certificate_,
                                   .key = key_,
                                   .now = verification_->now},
                                  verification_->check));
  connection_ = std::make_unique<net::HTTPSClientSession>(
      options_.collector.host, options_.collector.port, context, session_);
  proxy_ = proxy;
  if (!proxy_.host.empty()) connection_->setProxy(proxy_.host, proxy_.port);
  connection_->setTimeout(SpanOf(options_.connect_timeout), SpanOf(options_.answer_timeout),
                          SpanOf(options_.answer_timeout));
  connection_->setKeepAlive(true);
  return {};
}

Result<HttpReply> Transport::Post(std::string_view target, std::string_view body,
                                  std::string_view bearer) {
  ERR_clear_error();  // an old entry of this thread's queue would pass for this exchange's failure
  if (!connection_) RETURN_IF_ERROR(Connect());
  std::string problem;
  try {
    auto reply = Exchange(target, body, bearer);
    if (reply) return reply;
    problem = reply.error().message;
  } catch (const net::HostNotFoundException&) {
    problem = fmt::format("there is no host '{}'",
                          proxy_.host.empty() ? options_.collector.host : proxy_.host);
  } catch (const Poco::TimeoutException&) {
    problem = "no answer in time";
  } catch (const net::NoMessageException&) {
    problem = "it closed the connection without an answer";
  } catch (const Poco::Exception& exception) {
    problem = Printable(exception.displayText());
  }
  Close();
  if (IsDisowned(problem)) return DisownedReply();
  return Explain(problem);
}

// The collector's own authority has changed and does not know this agent's certificate: that is no
// fault of the way to it. The alert comes through the handshake, from whoever holds the
// collector's key.
bool Transport::IsDisowned(std::string_view problem) const {
  return !certificate_.empty() && verification_->check.finding.error == X509_V_OK &&
         verification_->check.finding.not_after != Time{} &&
         problem.find("alert unknown ca") != std::string_view::npos;
}

Result<HttpReply> Transport::Exchange(std::string_view target, std::string_view body,
                                      std::string_view bearer) {
  net::HTTPRequest request(net::HTTPRequest::HTTP_POST, std::string(target),
                           net::HTTPMessage::HTTP_1_1);
  // No more than the collector reads: an unchanged desktop sends this head 96 times a day.
  request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  if (!bearer.empty()) request.set("Authorization", "Bearer " + std::string(bearer));
  connection_->sendRequest(request).write(body.data(), static_cast<std::streamsize>(body.size()));
  net::HTTPResponse response;
  ASSIGN_OR_RETURN(std::string text, ReadBody(connection_->receiveResponse(response)));
  // TLS 1.3 hands out its session tickets after the handshake, so the session that Poco took at
  // connect time cannot be resumed; by now the tickets have been read.
  net::SecureStreamSocket socket(connection_->socket());
  session_ = socket.currentSession();
  resumed_ = socket.sessionWasReused();
  if (!response.getKeepAlive()) Close();
  return HttpReply{.status = response.getStatus(),
                   .body = std::move(text),
                   .retry_after = RetryAfterOf(response)};
}

Error Transport::Explain(const std::string& problem) const {
  bool trusted = verification_->check.finding.error == X509_V_OK;
  std::string way = proxy_.host.empty() ? ""
                                        : fmt::format(" through the proxy {} ({})",
                                                      ToString(proxy_), proxy_.source);
  return Unavailable(fmt::format(
      "the collector {} cannot be used{}: {}", ToString(options_.collector), way,
      trusted
          ? problem
          : DescribeFinding(verification_->check, options_.collector.host, verification_->now)));
}

}  // namespace vdiwatch::agent
