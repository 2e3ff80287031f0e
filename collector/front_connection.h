#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "collector/front_budget.h"
#include "collector/front_head.h"
#include "collector/front_loop.h"
#include "collector/front_response.h"
#include "collector/tls_stream.h"

namespace vdiwatch::collector {

// One agent's connection, as a state machine that its loop drives: ClientHello, a turn for the
// handshake, then head, body, the handler's answer, and again. On the loop's thread only.
class FrontConnection : public std::enable_shared_from_this<FrontConnection> {
 public:
  FrontConnection(FrontLoop& loop, Socket socket, std::string remote_ip, Budget::Share place);

  void Start();
  // Its turn has come; a client that left meanwhile costs nothing more.
  void StartHandshake();
  // What the handler says to the request of this number; ignored if it is not the one at hand.
  void Answer(std::uint64_t request, const Response& response);

  bool IsOverdue(SteadyTime now) const { return now > deadline_; }
  // Whether the next step is the client's, and who is the first to go when room is needed: those
  // who have shown no certificate, then those who have waited longest.
  bool WaitsForClient() const { return phase_ != Phase::kQueued && phase_ != Phase::kHandling; }
  bool GoesBefore(const FrontConnection& other) const {
    return std::pair(peer_.has_value(), since_) < std::pair(other.peer_.has_value(), other.since_);
  }
  void Close();

 private:
  enum class Phase {
    kHello,      // waits for the whole ClientHello
    kQueued,     // waits for its turn
    kHandshake,  // waits for the client's answers
    kHead,
    kBody,
    kHandling,  // waits for the handler
    kWriting,
    kLinger,  // has refused a request that the client may still be sending
    kClosed,
  };
  enum class Next { kGoOn, kWaitToRead, kWaitToWrite, kPause };

  void Advance();
  void Wait(Next what);
  Next Step();
  Next ReadHello();
  Next GoOnWithHandshake();
  Next ReadHead();
  Next Receive();
  Next ReadBody();
  Next WriteOut();
  Next BeginLinger();
  Next Linger();
  Next After(TlsStream::State state);

  Next BeginRequest(Seconds deadline);
  Next TakeHead(ParsedHead parsed);
  Next BeginBody(bool continue_first);
  Next Submit();
  Next Refuse(const Response& response);
  Next Send(std::string bytes, Phase then);
  Next Drop();
  void Count(const Response& response);
  void SetDeadline(Seconds from_now);

  FrontLoop& loop_;
  FrontShared& shared_;
  boost::asio::posix::stream_descriptor socket_;
  const std::string remote_ip_;
  const Budget::Share place_;
  Phase phase_ = Phase::kHello;
  SteadyTime since_{};  // when it began to wait for what it waits for
  SteadyTime deadline_{};
  std::optional<TlsStream> tls_;
  std::optional<PeerCertificate> peer_;
  std::string in_;  // read and not yet used: the ClientHello, later what follows the last request
  std::string out_;
  std::size_t written_ = 0;
  Phase after_writing_ = Phase::kHead;
  std::size_t lingered_ = 0;

  // Of the request at hand.
  std::uint64_t request_ = 0;  // counts them
  RequestHead head_;           // gone once the handler has it
  std::size_t kind_ = 0;       // in kAgentRequests
  ResponseFraming framing_;
  std::string body_;
  std::size_t body_read_ = 0;
  Budget::Share bytes_;
  Budget::Share turn_;
};

}  // namespace vdiwatch::collector
