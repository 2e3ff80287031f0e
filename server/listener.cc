#include "server/listener.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/ThreadPool.h>
#include <Poco/Timespan.h>
#include <fmt/format.h>

#include <atomic>
#include <exception>

#include "server/poco_exchange.h"
#include "server/problem.h"

namespace vdiwatch::server {
namespace {

namespace net = Poco::Net;

// What every request handler of one listener shares.
struct Shared {
  const ListenerOptions options;
  const Listener::Answerer answer;
  Log& log;
  std::atomic<int> in_flight{0};
};

// Counts one request while it is at work.
class InFlight {
 public:
  explicit InFlight(std::atomic<int>& count) : count_(count), position_(++count) {}
  ~InFlight() { --count_; }
  InFlight(const InFlight&) = delete;
  int position() const { return position_; }

 private:
  std::atomic<int>& count_;
  const int position_;
};

class Exchange : public net::HTTPRequestHandler {
 public:
  explicit Exchange(Shared& shared) : shared_(shared) {}

  // Poco answers only its own exceptions and drops the connection on others: none gets out.
  void handleRequest(net::HTTPServerRequest& in, net::HTTPServerResponse& out) override {
    try {
      const InFlight in_flight(shared_.in_flight);
      const std::string id = NewRequestId();
      HttpResponse response = Respond(in, id, in_flight.position());
      response.headers.emplace_back("X-Request-Id", id);
      WriteResponse(response, out);
    } catch (const Poco::Exception& gone) {
      shared_.log.Debug("a connection ended early: {}", gone.displayText());
    } catch (const std::exception& failure) {
      shared_.log.Error("a request could not be answered: {}", failure.what());
    }
  }

 private:
  HttpResponse Respond(net::HTTPServerRequest& in, const std::string& id, int position) {
    if (position > shared_.options.max_in_flight) {
      in.response().setKeepAlive(false);  // its body is not read
      return ProblemOf(Unavailable("Too many requests are at work; try again."), id);
    }
    auto request = ReadRequest(in, shared_.options.max_body_bytes);
    if (!request) return BadRequest(in, request.error(), id);
    request->id = id;
    try {
      return shared_.answer(*request);
    } catch (const std::exception& failure) {
      shared_.log.Error("request {}: unexpected: {}", id, failure.what());
      return ProblemOf(Internal(failure.what()), id);
    }
  }

  // Part of a body may still be on its way, so the connection cannot go on.
  static HttpResponse BadRequest(net::HTTPServerRequest& in, const Error& error,
                                 const std::string& id) {
    in.response().setKeepAlive(false);
    if (error.kind == ErrorKind::kConflict) return Problem(413, error.message, id);
    return ProblemOf(error, id);
  }

  Shared& shared_;
};

class ExchangeFactory : public net::HTTPRequestHandlerFactory {
 public:
  explicit ExchangeFactory(Shared& shared) : shared_(shared) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new Exchange(shared_);  // Poco owns it
  }

 private:
  Shared& shared_;
};

net::Context::Ptr MakeContext(const ListenerOptions& options) {
  net::Context::Params params;
  params.certificateFile = options.certificate.string();
  params.privateKeyFile = options.key.string();
  params.verificationMode = net::Context::VERIFY_NONE;  // people have no client certificates
  params.cipherList = "HIGH:!aNULL:!kRSA:!SHA1";
  net::Context::Ptr context = new net::Context(net::Context::TLS_SERVER_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  context->enableSessionCache(true, "vdiwatch-people");
  return context;
}

net::HTTPServerParams::Ptr MakeParams(const ListenerOptions& options) {
  net::HTTPServerParams::Ptr params = new net::HTTPServerParams;
  params->setMaxThreads(options.threads);
  params->setMaxQueued(2 * options.threads);
  params->setTimeout(Poco::Timespan(options.timeout.count(), 0));
  params->setKeepAliveTimeout(Poco::Timespan(options.keep_alive.count(), 0));
  params->setSoftwareVersion("vdiwatch");
  return params;
}

class PocoListener : public Listener {
 public:
  PocoListener(const ListenerOptions& options, Answerer answer, Log& log)
      : shared_{options, std::move(answer), log},
        pool_("people", 2, options.threads),
        socket_(MakeContext(options)) {
    // Not SO_REUSEPORT, which Poco sets by default: a second daemon must find the port in use.
    socket_.bind(net::SocketAddress(options.listen.address, options.listen.port), true, false);
    socket_.listen(128);
    server_ = std::make_unique<net::HTTPServer>(new ExchangeFactory(shared_), pool_, socket_,
                                                MakeParams(options));
    server_->start();
  }
  ~PocoListener() override {
    server_->stopAll(false);
    pool_.joinAll();
  }
  std::uint16_t port() const override { return socket_.address().port(); }

 private:
  Shared shared_;
  Poco::ThreadPool pool_;
  net::SecureServerSocket socket_;
  std::unique_ptr<net::HTTPServer> server_;
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::Start(const ListenerOptions& options, Answerer answer,
                                                  Log& log) {
  try {
    return std::unique_ptr<Listener>(
        std::make_unique<PocoListener>(options, std::move(answer), log));
  } catch (const net::SSLException& bad) {
    return Invalid(fmt::format("cannot use certificate {} with key {}: {}",
                               options.certificate.string(), options.key.string(),
                               bad.displayText()));
  } catch (const Poco::Exception& refused) {
    return Unavailable(fmt::format("cannot listen on {} for people: {}", ToString(options.listen),
                                   refused.displayText()));
  }
}

}  // namespace vdiwatch::server
