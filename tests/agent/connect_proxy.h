#pragma once

#include <Poco/Net/TCPServer.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vdiwatch::agent {

// A real HTTP proxy on loopback that knows CONNECT alone and passes on what it gets.
class ConnectProxy {
 public:
  ConnectProxy();
  ~ConnectProxy();

  std::uint16_t port() const { return port_; }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Set before it is used. A line such as "407 Proxy Authentication Required" instead of a way.
  void Refuse(std::string status) { refusal_ = std::move(status); }
  // Leads to this port of loopback, whatever was asked for.
  void Mislead(std::uint16_t port) { instead_ = port; }

  // What was asked for, in order: "host:port".
  std::vector<std::string> asked() const;

 private:
  class Connection;

  std::string refusal_;
  std::uint16_t instead_ = 0, port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::unique_ptr<Poco::Net::TCPServer> server_;
};

}  // namespace vdiwatch::agent
