#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// Where the service is, and how long it may take in all. Source: Azure Instance Metadata Service.
struct MetadataService {
  std::string address = "169.254.169.254";
  std::uint16_t port = 80;
  std::chrono::milliseconds patience{1000};
};

// Asks Azure's instance metadata service, and only it: link-local, no proxy, no redirection. The
// text is reduced, as below. To be called only where the firmware names Azure.
Reading ReadAzureMetadata(const MetadataService& service = {});

// What the facts and claims need of the service's answer (an HTTP/1.x response), as JSON: names,
// keys, tags and user data are left out. Failed if it is no such answer.
Reading ReduceAzureMetadata(std::string_view response);

// Whether the response holds all the bytes that its Content-Length promises.
bool IsWholeResponse(std::string_view response);

// What both systems' sockets send, and what becomes of all that came so far; nothing while more is
// to come.
inline constexpr std::string_view kAzureRequest =
    "GET /metadata/instance?api-version=2021-02-01 HTTP/1.0\r\n"
    "Host: 169.254.169.254\r\nMetadata: true\r\nConnection: close\r\n\r\n";
std::optional<Reading> AzureAnswer(std::string_view response, bool closed);

// The VM's id that the reduced text tells, in small letters; empty if it tells none.
std::string AzureVmId(const Reading& metadata);

}  // namespace vdiwatch::agent
