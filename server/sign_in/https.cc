#include "server/sign_in/https.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "base/text.h"

namespace vdiwatch::server {
namespace {

namespace net = Poco::Net;

constexpr long kPatienceSeconds = 10;
constexpr std::size_t kMaxAnswerBytes = 1 << 20;

net::Context::Ptr MakeContext(const std::filesystem::path& ca_file) {
  net::Context::Params params;
  params.caLocation = ca_file.string();
  params.loadDefaultCAs = ca_file.empty();
  params.verificationMode = net::Context::VERIFY_STRICT;
  net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(true);
  return context;
}

ProviderAnswer Exchange(const Poco::URI& uri, const ProviderRequest& request,
                        const net::Context::Ptr& context) {
  net::HTTPSClientSession session(uri.getHost(), uri.getPort(), context);
  session.setTimeout(Poco::Timespan(kPatienceSeconds, 0));
  const std::string target = uri.getPathAndQuery();
  net::HTTPRequest out(request.form.empty() ? "GET" : "POST", target.empty() ? "/" : target,
                       net::HTTPRequest::HTTP_1_1);
  out.set("Accept", "application/json");
  for (const auto& [name, value] : request.headers) out.set(name, value);
  if (!request.form.empty()) {
    out.setContentType("application/x-www-form-urlencoded");
    out.setContentLength64(static_cast<Poco::Int64>(request.form.size()));
  }
  session.sendRequest(out) << request.form;
  net::HTTPResponse response;
  std::istream& in = session.receiveResponse(response);
  ProviderAnswer answer{response.getStatus(), ""};
  char block[8192];
  while (answer.body.size() <= kMaxAnswerBytes &&
         (in.read(block, sizeof block) || in.gcount() > 0)) {
    answer.body.append(block, static_cast<std::size_t>(in.gcount()));
  }
  return answer;
}

}  // namespace

// Poco throws; this is where it ends.
Result<ProviderAnswer> AskProvider(const ProviderRequest& request,
                                   const std::filesystem::path& ca_file) {
  std::string host = request.url;
  try {
    const Poco::URI uri(request.url);
    host = uri.getHost();
    if (uri.getScheme() != "https" || host.empty()) {
      return Unavailable(fmt::format("the sign-in provider gave '{}', which is no https:// address",
                                     Printable(request.url)));
    }
    ProviderAnswer answer = Exchange(uri, request, MakeContext(ca_file));
    if (answer.body.size() <= kMaxAnswerBytes) return answer;
    return Unavailable(fmt::format("{} answered with more than 1 MiB", host));
  } catch (const Poco::Exception& failed) {
    return Unavailable(fmt::format("the sign-in provider {} does not answer: {}", Printable(host),
                                   Printable(failed.displayText())));
  }
}

}  // namespace vdiwatch::server
