#pragma once

#include <memory>

#include "base/yaml.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// `syslog: {host: …}`: each alert is one message, octet-counted over TLS (RFC 5425), or over bare
// TCP (RFC 6587 §3.4.1). Syslog answers nothing: delivered means that all was sent over a
// connection that the receiver had not closed, and no more. Null after a diagnostic.
std::unique_ptr<Sink> ReadSyslogSink(const Yaml& node, SinkReading& reading);

}  // namespace vdiwatch::server::alert
