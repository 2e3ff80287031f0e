#pragma once

#include <Poco/Net/StreamSocket.h>

#include <string>

#include "base/result.h"
#include "server/alert/http_receiver.h"

namespace vdiwatch::server::alert {

// A TCP connection to the receiver, or to its proxy: the name is resolved first, and the connection
// goes to the very address that was checked (address_guard.h). Takes half of way.patience at most,
// beside resolving. Denied: there is no address that may be asked. Throws Poco's exceptions where
// none of them answers.
Result<Poco::Net::StreamSocket> ReachReceiver(const HttpUrl& url, const HttpWay& way);

// What a handshake found wrong with the receiver's certificate; empty: nothing.
struct TlsFinding {
  std::string problem;
};

// Asks the proxy, if there is one, for a way through, and shakes hands: TLS 1.2 or later, the
// certificate and its name checked against ca_file or whom this system trusts. Throws Poco's
// exceptions.
Poco::Net::StreamSocket Secure(const Poco::Net::StreamSocket& reached, const HttpUrl& url,
                               const HttpWay& way, TlsFinding& finding);

}  // namespace vdiwatch::server::alert
