#include "tests/server/https.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/StreamCopier.h>

#include "tests/server/described.h"

namespace vdiwatch::server {
namespace {

namespace net = Poco::Net;

net::Context::Ptr ClientContext(const std::string& ca_file) {
  return new net::Context(net::Context::TLS_CLIENT_USE, "", "", ca_file,
                          net::Context::VERIFY_STRICT);
}

std::string TargetOf(const HttpRequest& request) {
  std::string target = request.path;
  for (const auto& [name, value] : request.query) {
    target += target.size() == request.path.size() ? '?' : '&';
    target += PercentEncode(name) + "=" + PercentEncode(value);
  }
  return target;
}

}  // namespace

HttpResponse Https(std::uint16_t port, const std::string& ca_file, const HttpRequest& request) {
  HttpResponse answer;
  try {
    net::HTTPSClientSession session("127.0.0.1", port, ClientContext(ca_file));
    session.setTimeout(Poco::Timespan(10, 0));
    net::HTTPRequest out(request.method, TargetOf(request), net::HTTPRequest::HTTP_1_1);
    for (const auto& [name, value] : request.headers) out.set(name, value);
    out.setContentLength64(static_cast<Poco::Int64>(request.body.size()));
    session.sendRequest(out) << request.body;
    net::HTTPResponse in;
    std::istream& body = session.receiveResponse(in);
    answer.status = in.getStatus();
    for (const auto& [name, value] : in) answer.headers.emplace_back(name, value);
    Poco::StreamCopier::copyToString(body, answer.body);
  } catch (const Poco::Exception& failed) {
    answer.status = 0;
    answer.body = failed.displayText();
  }
  if (answer.status != 0) ExpectDescribed(request.method, request.path, answer);
  return answer;
}

std::string HttpsRaw(std::uint16_t port, const std::string& ca_file, const std::string& bytes) {
  std::string answer;
  try {
    net::SecureStreamSocket socket(net::SocketAddress("127.0.0.1", port), "127.0.0.1",
                                   ClientContext(ca_file));
    socket.setReceiveTimeout(Poco::Timespan(10, 0));
    socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
    char block[4096];
    for (int count = 1; count > 0;) {
      count = socket.receiveBytes(block, sizeof block);
      answer.append(block, static_cast<std::size_t>(std::max(count, 0)));
    }
  } catch (const Poco::Exception&) {
    // The server closed without ceremony; what came before counts.
  }
  return answer;
}

}  // namespace vdiwatch::server
