#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.h"

namespace vdiwatch::server::alert {

// How sinks that speak no HTTP reach their receivers. All of it throws Poco's exceptions: for the
// one function of each sink that catches them.

// The first of the host's addresses that answers; time-outs for connecting and each read and write.
Poco::Net::StreamSocket Connect(const std::string& host, std::uint16_t port, Seconds timeout);

// TLS 1.2 or later; the server's certificate and name are checked against the CA file, or against
// whom this system trusts where it is empty. Own certificate and key: both PEM files, or neither.
Poco::Net::Context::Ptr ClientTls(const std::filesystem::path& ca_file,
                                  const std::filesystem::path& certificate = {},
                                  const std::filesystem::path& key = {});

// The handshake over a connected socket.
Poco::Net::StreamSocket StartTls(const Poco::Net::StreamSocket& plain, const std::string& host,
                                 const Poco::Net::Context::Ptr& context);

}  // namespace vdiwatch::server::alert
