#include "server/alert/sink_syslog.h"

#include <Poco/Environment.h>
#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/alert/mail_settings.h"
#include "server/alert/syslog_text.h"
#include "server/alert/tls_client.h"

namespace vdiwatch::server::alert {
namespace {

namespace net = Poco::Net;

struct SyslogSettings {
  std::string host;
  std::uint16_t port = 6514;
  bool tls = true;
  std::filesystem::path ca_file;
  std::filesystem::path certificate;  // our own, for receivers that ask for one
  std::filesystem::path key;
  Seconds timeout{20};
  SyslogSender sender;
};

// RFC 5424 §6.2.4.
std::string OwnName() {
  std::string name = Poco::Environment::nodeName().substr(0, 255);
  std::ranges::replace_if(
      name, [](char c) { return c <= ' ' || c >= 0x7f; }, '_');
  return name;
}

class SyslogSink : public Sink {
 public:
  explicit SyslogSink(SyslogSettings settings) : settings_(std::move(settings)) {}

  Answer Send(const Message& message) override {
    std::string frames;
    for (const AlertLine& alert : message.alerts) {
      const std::string text = SyslogText(settings_.sender, message, alert);
      frames += fmt::format("{} {}", text.size(), text);
    }
    try {
      Transmit(frames);
    } catch (const Poco::Exception& failed) {
      return {Answer::Outcome::kRetry,
              fmt::format("{}: {}", settings_.host, Printable(failed.displayText()))};
    }
    return {Answer::Outcome::kDelivered,
            fmt::format("{} taken, {} bytes", message.alerts.size(), frames.size())};
  }

 private:
  void Transmit(const std::string& frames) const {
    net::StreamSocket socket = Connect(settings_.host, settings_.port, settings_.timeout);
    if (settings_.tls) {
      const auto context = ClientTls(settings_.ca_file, settings_.certificate, settings_.key);
      socket = StartTls(socket, settings_.host, context);
    }
    for (std::size_t sent = 0; sent < frames.size();) {
      const std::size_t rest = std::min<std::size_t>(frames.size() - sent, 1 << 20);
      const int count = socket.sendBytes(frames.data() + sent, static_cast<int>(rest));
      if (count <= 0) throw net::ConnectionResetException(settings_.host);
      sent += static_cast<std::size_t>(count);
    }
    CheckNotRefused(socket);
    socket.shutdown();
  }

  // In TLS 1.3 a receiver refuses our certificate only after the handshake. And what it sent must
  // be read: closing over unread bytes resets the connection, and it may lose what is still under
  // way.
  static void CheckNotRefused(net::StreamSocket& socket) {
    socket.setReceiveTimeout(Poco::Timespan(0, 300'000));
    char ignored[64];
    try {
      if (socket.receiveBytes(ignored, sizeof ignored) > 0) return;
    } catch (const Poco::TimeoutException&) {
      return;
    }
    throw net::ConnectionResetException("closed at once");
  }

  const SyslogSettings settings_;
};

void ReadTransport(YamlMap& map, SyslogSettings& settings) {
  const std::string transport = map.TextOr("transport", "tls");
  settings.tls = transport != "tcp";
  if (transport != "tls" && transport != "tcp") {
    map.Complain(map.Optional("transport")->mark, "transport must be tls or tcp");
  }
}

void ReadSender(YamlMap& map, SyslogSender& sender) {
  sender.host = OwnName();
  sender.facility = FacilityNamed(map.TextOr("facility", "local0"));
  if (sender.facility < 0) {
    map.Complain(map.Optional("facility")->mark,
                 "facility must be a syslog facility, such as local0 or authpriv");
  }
  sender.enterprise_number = map.IntegerOr("enterprise_number", sender.enterprise_number);
  if (sender.enterprise_number < 1 || sender.enterprise_number > 0xffffffffLL) {
    map.Complain(map.Optional("enterprise_number")->mark,
                 "enterprise_number must be an organisation's number at IANA");
  }
}

}  // namespace

std::unique_ptr<Sink> ReadSyslogSink(const Yaml& node, SinkReading& reading) {
  const std::size_t before = reading.diagnostics.size();
  SyslogSettings settings;
  YamlMap map = reading.Map(node, "syslog");
  settings.host = map.Text("host");
  ReadTransport(map, settings);
  settings.port = ReadPort(map, settings.tls ? 6514 : 514);
  settings.ca_file = reading.Path(map, "ca_file");
  settings.certificate = reading.Path(map, "certificate");
  settings.key = reading.Path(map, "key");
  if (settings.certificate.empty() != settings.key.empty()) {
    map.Complain(node.mark, "certificate and key go together");
  }
  ReadSender(map, settings.sender);
  map.Finish();
  if (reading.diagnostics.size() > before) return nullptr;
  return std::make_unique<SyslogSink>(std::move(settings));
}

}  // namespace vdiwatch::server::alert
