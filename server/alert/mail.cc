#include "server/alert/mail.h"

#include <Poco/Environment.h>
#include <Poco/Exception.h>
#include <Poco/Net/MailStream.h>
#include <Poco/Net/SMTPClientSession.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SocketStream.h>
#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "server/alert/deadline.h"
#include "server/alert/mail_text.h"
#include "server/alert/tls_client.h"

namespace vdiwatch::server::alert {
namespace {

namespace net = Poco::Net;

// What the server answered to one command.
struct Reply {
  int status = 0;
  std::string text;  // "550 no such user"; several lines where there were
  bool good() const { return status / 100 == 2; }
};

// Poco's session, one command at a time, so that each answer can be told from the others.
class Session : public net::SMTPClientSession {
 public:
  using net::SMTPClientSession::SMTPClientSession;

  Reply Greeting() { return Receive(); }
  Reply Say(const std::string& command) {
    Reply reply;
    reply.status = sendCommand(command, reply.text);
    return reply;
  }
  // An answer that came before the handshake counts for nothing: the assignment drops it.
  void Encrypt(const std::string& host, const net::Context::Ptr& context) {
    socket() = StartTls(socket(), host, context);
  }
  Reply SendBody(const std::string& mail) {
    net::SocketOutputStream out(socket());
    net::MailOutputStream stuffed(out);  // a leading dot gets its second
    stuffed << mail;
    stuffed.close();
    out.flush();
    return Receive();
  }

 private:
  Reply Receive() {
    Reply reply;
    reply.status = socket().receiveStatusMessage(reply.text);
    return reply;
  }
};

// One mail on its way.
class Dialog {
 public:
  Dialog(const MailSettings& settings, const Mail& mail)
      : settings_(settings),
        mail_(mail),
        context_(ClientTls(settings.ca_file)),
        plain_(Connect(settings_.host, settings_.port, settings_.timeout)),
        deadline_(plain_.impl()->sockfd(),
                  begin_ + std::chrono::seconds(settings.patience.count())),
        session_(Opened()) {}

  Result<MailReceipt> Run() {
    try {
      auto receipt = HandOver();
      if (!receipt && deadline_.passed()) return TooSlow();
      SayGoodbye();
      return receipt;
    } catch (const Poco::Exception&) {
      if (!deadline_.passed()) throw;
      return TooSlow();
    }
  }

 private:
  Result<MailReceipt> HandOver() {
    RETURN_IF_ERROR(Good(session_.Greeting(), ErrorKind::kUnavailable));
    RETURN_IF_ERROR(Hello());
    if (settings_.security == MailSettings::Security::kStartTls) RETURN_IF_ERROR(Encrypt());
    if (!settings_.user.empty()) RETURN_IF_ERROR(SignIn());
    const std::string from = ParseMailbox(settings_.from).value_or(Mailbox()).address;
    RETURN_IF_ERROR(Good(session_.Say("MAIL FROM:<" + from + ">"), ErrorKind::kInvalid));
    ASSIGN_OR_RETURN(MailReceipt receipt, NameRecipients());
    const Reply ready = session_.Say("DATA");
    if (ready.status != 354) return Refused(ready, ErrorKind::kInvalid);
    const Reply taken = session_.SendBody(ComposeMail(settings_, mail_));
    RETURN_IF_ERROR(Good(taken, ErrorKind::kInvalid));
    receipt.text = Printable(taken.text) + receipt.text;
    return receipt;
  }

  Error TooSlow() const {
    return Unavailable(fmt::format("{}: did not take the mail within {} s", settings_.host,
                                   settings_.patience.count()));
  }

  net::StreamSocket Opened() const {
    if (settings_.security != MailSettings::Security::kTls) return plain_;
    return StartTls(plain_, settings_.host, context_);
  }

  // 4xx: not now, whatever it is about. 5xx: never, or what `lasting` says.
  Error Refused(const Reply& reply, ErrorKind lasting) const {
    const ErrorKind kind = reply.status / 100 == 5 ? lasting : ErrorKind::kUnavailable;
    return {kind, fmt::format("{}: {}", settings_.host, Printable(reply.text))};
  }
  Result<void> Good(const Reply& reply, ErrorKind lasting) const {
    if (!reply.good()) return Refused(reply, lasting);
    return {};
  }

  Result<void> Hello() {
    const std::string name =
        settings_.hello.empty() ? Poco::Environment::nodeName() : settings_.hello;
    const Reply reply = session_.Say("EHLO " + name);
    offers_ = reply.text;
    return Good(reply, ErrorKind::kUnavailable);
  }

  // Whether the EHLO answer has the keyword, and this word behind it.
  bool Offers(std::string_view keyword, std::string_view word = "") const {
    for (const std::string_view line : Split(offers_, '\n')) {
      // "250-AUTH PLAIN LOGIN", with or without its number.
      const std::size_t start = line.size() > 4 && ParseInteger(line.substr(0, 3)) ? 4 : 0;
      const auto words = Split(Trim(line.substr(start)), ' ');
      if (!EqualsIgnoreCase(words[0], keyword)) continue;
      if (word.empty()) return true;
      for (const std::string_view offered : words) {
        if (EqualsIgnoreCase(offered, word)) return true;
      }
    }
    return false;
  }

  Result<void> Encrypt() {
    if (!Offers("STARTTLS")) {
      return Denied(fmt::format("{} does not offer STARTTLS: nothing was sent", settings_.host));
    }
    RETURN_IF_ERROR(Good(session_.Say("STARTTLS"), ErrorKind::kUnavailable));
    session_.Encrypt(settings_.host, context_);
    return Hello();
  }

  Result<void> SignIn() {
    Reply reply;
    if (Offers("AUTH", "PLAIN")) {
      const std::string both = std::string(1, '\0') + settings_.user + '\0' + settings_.password;
      reply = session_.Say("AUTH PLAIN " + Base64(both));
    } else if (Offers("AUTH", "LOGIN")) {
      reply = session_.Say("AUTH LOGIN");
      if (reply.status == 334) reply = session_.Say(Base64(settings_.user));
      if (reply.status == 334) reply = session_.Say(Base64(settings_.password));
    } else {
      return Denied(fmt::format("{} offers neither AUTH PLAIN nor LOGIN", settings_.host));
    }
    return Good(reply, ErrorKind::kDenied);
  }

  // At least one must be taken; otherwise not now, if that is said of one, else never.
  Result<MailReceipt> NameRecipients() {
    MailReceipt receipt;
    std::optional<Reply> refusal;
    std::size_t taken = 0;
    for (const std::string& to : settings_.to) {
      const std::string address = ParseMailbox(to).value_or(Mailbox()).address;
      const Reply reply = session_.Say("RCPT TO:<" + address + ">");
      if (reply.good()) {
        ++taken;
        continue;
      }
      const bool for_good = reply.status / 100 == 5;
      if (!for_good) receipt.later.push_back(to);
      if (!refusal || !for_good) refusal = reply;
      receipt.text += fmt::format("; {}: {}", address, Printable(reply.text));
    }
    if (taken == 0) return Refused(*refusal, ErrorKind::kInvalid);
    return receipt;
  }

  // What fails now changes nothing.
  void SayGoodbye() {
    if (deadline_.passed()) return;
    try {
      session_.Say("QUIT");
    } catch (const Poco::Exception&) {
    }
  }

  const MailSettings& settings_;
  const Mail& mail_;
  const Deadline::Moment begin_ = std::chrono::steady_clock::now();
  net::Context::Ptr context_;
  const net::StreamSocket plain_;
  Deadline deadline_;
  Session session_;
  std::string offers_;
};

}  // namespace

Result<MailReceipt> SendMail(const MailSettings& settings, const Mail& mail) {
  if (!ParseMailbox(settings.from)) return Invalid("'from' is no mail address");
  if (settings.to.empty()) return Invalid("a mail needs a recipient");
  for (const std::string& to : settings.to) {
    if (!ParseMailbox(to)) return Invalid(fmt::format("'{}' is no mail address", Printable(to)));
  }
  if (settings.security == MailSettings::Security::kNone && !settings.user.empty()) {
    return Denied("a password is not sent over a connection without TLS");
  }
  try {
    return Dialog(settings, mail).Run();
  } catch (const net::SSLException& refused) {
    return Denied(fmt::format("{}: {}", settings.host, Printable(refused.displayText())));
  } catch (const Poco::Exception& failed) {
    return Unavailable(fmt::format("{}: {}", settings.host, Printable(failed.displayText())));
  }
}

}  // namespace vdiwatch::server::alert
