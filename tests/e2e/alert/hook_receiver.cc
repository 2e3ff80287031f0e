#include "tests/e2e/alert/hook_receiver.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <fmt/format.h>

#include <utility>

namespace vdiwatch::e2e {

namespace net = Poco::Net;

class HookReceiver::Handler : public net::HTTPRequestHandler {
 public:
  explicit Handler(HookReceiver& receiver) : receiver_(receiver) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    std::string text;
    Poco::StreamCopier::copyToString(request.stream(), text);
    auto body = ParseJson(text, "a message");
    std::size_t count = 0;
    {
      const std::lock_guard lock(receiver_.mutex_);
      receiver_.received_.push_back(
          {request.get("webhook-id", ""), body ? *std::move(body) : Json()});
      count = receiver_.received_.size();
    }
    if (!receiver_.answers_(count)) {
      static_cast<net::HTTPServerRequestImpl&>(request).socket().close();
      return;
    }
    response.setStatus(net::HTTPResponse::HTTP_NO_CONTENT);
    response.setContentLength(0);
    response.send();
  }

 private:
  HookReceiver& receiver_;
};

class HookReceiver::Factory : public net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(HookReceiver& receiver) : receiver_(receiver) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new Handler(receiver_);  // Poco deletes it
  }

 private:
  HookReceiver& receiver_;
};

HookReceiver::HookReceiver(Answers answers) : answers_(std::move(answers)) {
  net::HTTPServerParams::Ptr parameters = new net::HTTPServerParams;
  parameters->setKeepAlive(false);
  server_ = std::make_unique<net::HTTPServer>(
      new Factory(*this), net::ServerSocket(net::SocketAddress("127.0.0.1", 0)), parameters);
  server_->start();
}

HookReceiver::~HookReceiver() { server_->stopAll(true); }

std::string HookReceiver::url() const {
  return fmt::format("http://127.0.0.1:{}/hook", server_->port());
}

std::vector<HookReceiver::Received> HookReceiver::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::size_t HookReceiver::count() const {
  const std::lock_guard lock(mutex_);
  return received_.size();
}

}  // namespace vdiwatch::e2e
