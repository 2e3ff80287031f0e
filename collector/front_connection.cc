#include "collector/front_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "collector/front_hello.h"
#include "collector/front_response.h"

namespace vdiwatch::collector {
namespace {

namespace asio = boost::asio;

constexpr Seconds kLingerDeadline{2};
constexpr std::size_t kMaxLingerBytes = 1 << 20;

// Whether the client has closed its side; what it sent before was read already.
bool HasLeft(int socket) {
  char byte;
  ssize_t count = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

std::size_t KindOf(std::string_view target) {
  constexpr std::string_view kBegin = "/v1/";
  const auto found = target.starts_with(kBegin)
                         ? std::ranges::find(kAgentRequests, target.substr(kBegin.size()))
                         : kAgentRequests.end();
  return std::min<std::size_t>(found - kAgentRequests.begin(), kAgentRequests.size() - 1);
}

// Frees the port and the kernel's memory at once, and tells the client so (RST).
void CloseHard(int socket) {
  linger at_once{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

FrontConnection::FrontConnection(FrontLoop& loop, Socket socket, std::string remote_ip,
                                 Budget::Share place)
    : loop_(loop),
      shared_(loop.shared()),
      socket_(*loop.io(), socket.Release()),
      remote_ip_(std::move(remote_ip)),
      place_(std::move(place)) {}

void FrontConnection::Start() {
  SetDeadline(shared_.options.handshake_deadline);
  Advance();
}

void FrontConnection::StartHandshake() {
  if (phase_ == Phase::kClosed) return;
  if (HasLeft(socket_.native_handle())) return Close();
  tls_.emplace(shared_.tls.get(), socket_.native_handle(), std::exchange(in_, {}));
  phase_ = Phase::kHandshake;
  Advance();
}

void FrontConnection::Answer(std::uint64_t request, const Response& response) {
  if (phase_ != Phase::kHandling || request != request_) return;
  bytes_ = {};
  turn_ = {};
  Count(response);
  Send(RenderResponse(response, framing_), framing_.keep_alive ? Phase::kHead : Phase::kLinger);
  Advance();
}

void FrontConnection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  if (tls_) tls_->SendClose();
  tls_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  loop_.Forget(shared_from_this());
}

FrontConnection::Next FrontConnection::Drop() {
  Close();
  return Next::kPause;
}

void FrontConnection::Advance() {
  Next next = Next::kGoOn;
  while (next == Next::kGoOn) next = Step();
  if (next != Next::kPause) Wait(next);
}

void FrontConnection::Wait(Next what) {
  auto kind = what == Next::kWaitToRead ? asio::posix::stream_descriptor::wait_read
                                        : asio::posix::stream_descriptor::wait_write;
  socket_.async_wait(kind, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->phase_ != Phase::kClosed) self->Advance();
  });
}

FrontConnection::Next FrontConnection::Step() {
  switch (phase_) {
    case Phase::kHello:
      return ReadHello();
    case Phase::kHandshake:
      return GoOnWithHandshake();
    case Phase::kHead:
      return ReadHead();
    case Phase::kBody:
      return ReadBody();
    case Phase::kWriting:
      return WriteOut();
    case Phase::kLinger:
      return Linger();
    case Phase::kQueued:
    case Phase::kHandling:
    case Phase::kClosed:
      return Next::kPause;
  }
  return Next::kPause;
}

FrontConnection::Next FrontConnection::After(TlsStream::State state) {
  switch (state) {
    case TlsStream::State::kDone:
      return Next::kGoOn;
    case TlsStream::State::kWantRead:
      return Next::kWaitToRead;
    case TlsStream::State::kWantWrite:
      return Next::kWaitToWrite;
    case TlsStream::State::kClosed:
      return Drop();
  }
  return Drop();
}

FrontConnection::Next FrontConnection::ReadHello() {
  std::span<char> scratch = loop_.scratch();
  ssize_t count = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Next::kWaitToRead;
  if (count <= 0) return Drop();
  in_.append(scratch.data(), static_cast<std::size_t>(count));
  switch (CheckHello(in_)) {
    case HelloState::kNeedMore:
      return Next::kGoOn;
    case HelloState::kNotTls:
      return Drop();
    case HelloState::kComplete:
      phase_ = Phase::kQueued;
      if (loop_.QueueHandshake(shared_from_this())) return Next::kPause;
      shared_.refused_handshakes.Add(1);
      CloseHard(socket_.native_handle());
      return Drop();
  }
  return Drop();
}

FrontConnection::Next FrontConnection::GoOnWithHandshake() {
  TlsStream::State state = tls_->Handshake();
  if (state == TlsStream::State::kClosed) {
    std::string why = TakeTlsError();
    shared_.failed_handshakes.fetch_add(1);
    shared_.log.Debug("handshake with {} failed: {}", remote_ip_, why);
    return BeginLinger();  // TLS has told the client why
  }
  if (state != TlsStream::State::kDone) return After(state);
  shared_.handshakes.fetch_add(1);
  peer_ = tls_->Peer();
  return BeginRequest(shared_.options.header_deadline);
}

FrontConnection::Next FrontConnection::BeginRequest(Seconds deadline) {
  ++request_;
  framing_ = {};
  kind_ = kAgentRequests.size() - 1;
  phase_ = Phase::kHead;
  SetDeadline(in_.empty() ? deadline : shared_.options.header_deadline);
  return Next::kGoOn;
}

FrontConnection::Next FrontConnection::Receive() {
  std::size_t count = 0;
  Next next = After(tls_->Read(loop_.scratch(), count));
  if (next == Next::kGoOn) in_.append(loop_.scratch().data(), count);
  return next;
}

FrontConnection::Next FrontConnection::ReadHead() {
  if (in_.empty()) {
    Next next = Receive();
    if (next == Next::kGoOn) SetDeadline(shared_.options.header_deadline);
    if (next != Next::kGoOn) return next;
  }
  auto parsed = ParseHead(in_, shared_.options.max_body_bytes);
  if (std::holds_alternative<NeedMore>(parsed)) return Receive();
  if (auto* refusal = std::get_if<Response>(&parsed)) return Refuse(*refusal);
  return TakeHead(std::get<ParsedHead>(std::move(parsed)));
}

FrontConnection::Next FrontConnection::TakeHead(ParsedHead parsed) {
  in_.erase(0, parsed.size);
  framing_ = {parsed.keep_alive, parsed.head.method != "HEAD"};
  head_ = std::move(parsed.head);
  head_.remote_ip = remote_ip_;
  head_.peer = peer_;
  kind_ = KindOf(head_.target);
  if (auto refusal = shared_.handler.Admit(head_)) return Refuse(*refusal);
  auto bytes = shared_.bytes.Take(head_.content_length);
  if (!bytes) {
    shared_.refused_requests.Add(1);
    return Refuse(Overloaded("too much is being sent at once"));
  }
  bytes_ = *std::move(bytes);
  return BeginBody(parsed.expects_continue);
}

FrontConnection::Next FrontConnection::BeginBody(bool continue_first) {
  body_.resize(head_.content_length);
  body_read_ = std::min(in_.size(), body_.size());
  in_.copy(body_.data(), body_read_);
  in_.erase(0, body_read_);
  if (in_.empty()) in_ = std::string();  // an idle connection holds no buffers
  phase_ = Phase::kBody;
  SetDeadline(shared_.options.body_deadline);
  if (!continue_first || body_read_ == body_.size()) return Next::kGoOn;
  return Send("HTTP/1.1 100 Continue\r\n\r\n", Phase::kBody);
}

FrontConnection::Next FrontConnection::ReadBody() {
  if (body_read_ == body_.size()) return Submit();
  std::size_t count = 0;
  std::span<char> rest(body_.data() + body_read_, body_.size() - body_read_);
  Next next = After(tls_->Read(rest, count));
  if (next == Next::kGoOn) body_read_ += count;
  return next;
}

FrontConnection::Next FrontConnection::Submit() {
  auto turn = shared_.requests.Take(1);
  if (!turn) {
    shared_.refused_requests.Add(1);
    return Refuse(Overloaded("too many requests are waiting"));
  }
  turn_ = *std::move(turn);
  phase_ = Phase::kHandling;
  deadline_ = SteadyTime::max();
  auto reply = [io = loop_.io(), self = weak_from_this(), request = request_](Response response) {
    asio::post(*io, [self, request, response = std::move(response)] {
      if (auto connection = self.lock()) connection->Answer(request, response);
    });
  };
  shared_.workers.Run([&handler = shared_.handler, head = std::move(head_),
                       body = std::exchange(body_, {}), reply = std::move(reply)]() mutable {
    handler.Handle(std::move(head), std::move(body), std::move(reply));
  });
  return Next::kPause;
}

// The body that belongs to it was not read, so the connection ends with it.
FrontConnection::Next FrontConnection::Refuse(const Response& response) {
  Count(response);
  bytes_ = {};
  framing_.keep_alive = false;
  return Send(RenderResponse(response, framing_), Phase::kLinger);
}

void FrontConnection::Count(const Response& response) {
  const auto hundreds = static_cast<std::size_t>(std::clamp(response.status / 100, 0, 5));
  shared_.answers[kind_][hundreds].fetch_add(1);
}

FrontConnection::Next FrontConnection::Send(std::string bytes, Phase then) {
  out_ = std::move(bytes);
  written_ = 0;
  phase_ = Phase::kWriting;
  after_writing_ = then;
  SetDeadline(shared_.options.body_deadline);
  return Next::kGoOn;
}

FrontConnection::Next FrontConnection::WriteOut() {
  while (written_ < out_.size()) {
    std::size_t count = 0;
    Next next = After(tls_->Write(std::string_view(out_).substr(written_), count));
    if (next != Next::kGoOn) return next;
    written_ += count;
  }
  out_ = std::string();
  if (after_writing_ == Phase::kHead) return BeginRequest(shared_.options.idle_deadline);
  if (after_writing_ == Phase::kLinger) return BeginLinger();
  phase_ = after_writing_;
  return Next::kGoOn;
}

FrontConnection::Next FrontConnection::BeginLinger() {
  phase_ = Phase::kLinger;
  tls_->SendClose();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  SetDeadline(kLingerDeadline);
  return Next::kGoOn;
}

// Closing while the client still sends would reset the connection, and the answer with it.
FrontConnection::Next FrontConnection::Linger() {
  std::span<char> scratch = loop_.scratch();
  ssize_t count = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Next::kWaitToRead;
  if (count <= 0) return Drop();
  lingered_ += static_cast<std::size_t>(count);
  return lingered_ > kMaxLingerBytes ? Drop() : Next::kGoOn;
}

void FrontConnection::SetDeadline(Seconds from_now) {
  since_ = std::chrono::steady_clock::now();
  deadline_ = since_ + from_now;
}

}  // namespace vdiwatch::collector
