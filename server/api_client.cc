#include "server/api_client.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/InvalidCertificateHandler.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "base/text.h"

namespace vdiwatch::server {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kMaxAnswerBytes = 64 << 20;

constexpr int kPreconditionFailed = 412;

struct Answered {
  int status = 0;
  std::string body;
  std::string etag;
  std::map<std::string, std::string, std::less<>> headers = {};
};

// Refuses every certificate that did not verify, and keeps the reason for the error line. Poco's
// default would ask on the console.
class RefuseCertificate : public net::InvalidCertificateHandler {
 public:
  explicit RefuseCertificate(std::shared_ptr<std::string> why)
      : net::InvalidCertificateHandler(false), why_(std::move(why)) {}
  void onInvalidCertificate(const void*, net::VerificationErrorArgs& args) override {
    *why_ = args.errorMessage();
    args.setIgnoreError(false);
  }

 private:
  const std::shared_ptr<std::string> why_;  // Poco keeps this handler past the call
};

Poco::Timespan SpanOf(Seconds seconds) { return {static_cast<long>(seconds.count()), 0}; }

net::Context::Ptr MakeContext(const ClientProfile& profile) {
  net::Context::Params params;
  params.caLocation = profile.ca_file.string();
  params.loadDefaultCAs = profile.ca_file.empty();
  params.verificationMode = net::Context::VERIFY_STRICT;
  net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(true);
  return context;
}

Answered Exchange(const ClientProfile& profile, const Poco::URI& uri, const ApiRequest& question,
                  const net::Context::Ptr& context) {
  net::HTTPSClientSession session(uri.getHost(), uri.getPort(), context);
  session.setTimeout(SpanOf(kOrdinaryPatience), SpanOf(kOrdinaryPatience),
                     SpanOf(question.patience));
  net::HTTPRequest request(question.method, question.target, net::HTTPRequest::HTTP_1_1);
  request.set("Authorization", "Bearer " + profile.token);
  request.set("Accept", question.accept);
  if (!question.if_match.empty()) request.set("If-Match", question.if_match);
  if (!question.body.empty()) {
    request.setContentType(question.content_type);
    request.setContentLength64(static_cast<Poco::Int64>(question.body.size()));
  }
  session.sendRequest(request) << question.body;
  net::HTTPResponse response;
  std::istream& in = session.receiveResponse(response);
  Answered answered{response.getStatus(), "", response.get("ETag", ""), {}};
  for (const auto& [name, value] : response) answered.headers.emplace(ToLower(name), value);
  char block[8192];
  while (in.read(block, sizeof block) || in.gcount() > 0) {
    answered.body.append(block, static_cast<std::size_t>(in.gcount()));
    if (answered.body.size() > kMaxAnswerBytes) break;
  }
  return answered;
}

// Poco throws; this is where it ends.
Result<Answered> Fetch(const ClientProfile& profile, const ApiRequest& question) {
  const auto untrusted = std::make_shared<std::string>();
  try {
    const Poco::URI uri(profile.server);
    if (uri.getScheme() != "https" || uri.getHost().empty()) {
      return Invalid(fmt::format("the profile's server '{}' must be an https:// address",
                                 Printable(profile.server)));
    }
    const net::Context::Ptr context = MakeContext(profile);
    net::SSLManager::instance().initializeClient(nullptr, new RefuseCertificate(untrusted),
                                                 context);
    return Exchange(profile, uri, question, context);
  } catch (const net::SSLException& refused) {
    if (untrusted->empty()) *untrusted = refused.displayText();
    return Denied(fmt::format("{}: its certificate is not trusted by {}: {}", profile.server,
                              profile.ca_file.empty() ? "this system" : profile.ca_file.string(),
                              *untrusted));
  } catch (const Poco::Exception& failed) {
    return Unavailable(fmt::format("{} does not answer: {}", profile.server, failed.displayText()));
  }
}

ErrorKind KindOf(int status) {
  switch (status) {
    case 400:
      return ErrorKind::kInvalid;
    case 401:
    case 403:
      return ErrorKind::kDenied;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
    case kPreconditionFailed:
      return ErrorKind::kConflict;
    case 429:
    case 503:
      return ErrorKind::kUnavailable;
    default:
      return ErrorKind::kInternal;
  }
}

// The problem in one line; several desktops of one name are told apart by their ids.
std::string Explain(int status, const Json& problem) {
  if (status == 401) return "the profile's token is not accepted (wrong, expired or revoked)";
  if (!problem.is_object()) return fmt::format("answered with status {}", status);
  std::string text = problem.value("detail", fmt::format("status {}", status));
  for (const Json& desktop : problem.value("desktops", Json::array())) {
    text += fmt::format(" {} ({})", desktop.value("id", ""), desktop.value("pool", ""));
  }
  if (status >= 500) text += fmt::format(" (request {})", problem.value("request_id", "?"));
  return text;
}

Error Failure(const ClientProfile& profile, const Answered& answered) {
  const auto problem = ParseJson(answered.body, profile.server, {kMaxAnswerBytes, 64});
  return {
      KindOf(answered.status),
      fmt::format("{}: {}", profile.server, Explain(answered.status, problem ? *problem : Json()))};
}

// Words of the command line may be no UTF-8, which JSON cannot hold.
Result<std::string> BodyOf(const Json& body) {
  try {
    return body.dump();
  } catch (const Json::type_error&) {
    return Invalid("what was given is not UTF-8 text");  // a password may be in it
  }
}

Result<Json> AskServer(const ClientProfile& profile, const ApiRequest& question) {
  ASSIGN_OR_RETURN(const Answered answered, Fetch(profile, question));
  if (answered.status / 100 != 2) return Failure(profile, answered);
  if (answered.body.empty()) return Json(nullptr);  // 204
  return ParseJson(answered.body, profile.server, {kMaxAnswerBytes, 64});
}

}  // namespace

Result<ApiAnswer> CallApi(const ClientProfile& profile, const ApiRequest& request) {
  ASSIGN_OR_RETURN(Answered answered, Fetch(profile, request));
  if (answered.status / 100 != 2) return Failure(profile, answered);
  return ApiAnswer{std::move(answered.body), std::move(answered.etag), std::move(answered.headers)};
}

Result<Json> GetJson(const ClientProfile& profile, const std::string& target) {
  return AskServer(profile, {.target = target});
}

Result<Json> PostJson(const ClientProfile& profile, const std::string& target, const Json& body,
                      Seconds patience) {
  ASSIGN_OR_RETURN(std::string text, BodyOf(body));
  return AskServer(
      profile, {.method = "POST", .target = target, .body = std::move(text), .patience = patience});
}

Result<Json> DeleteAt(const ClientProfile& profile, const std::string& target, bool versioned) {
  ApiRequest request{.method = "DELETE", .target = target};
  if (versioned) {
    ASSIGN_OR_RETURN(const ApiAnswer now, CallApi(profile, {.target = target}));
    request.if_match = now.etag;
  }
  return AskServer(profile, request);
}

Result<Json> PatchJson(const ClientProfile& profile, const std::string& target, const Json& body) {
  ASSIGN_OR_RETURN(std::string text, BodyOf(body));
  ASSIGN_OR_RETURN(const ApiAnswer now, CallApi(profile, {.target = target}));
  return AskServer(
      profile,
      {.method = "PATCH", .target = target, .body = std::move(text), .if_match = now.etag});
}

}  // namespace vdiwatch::server
