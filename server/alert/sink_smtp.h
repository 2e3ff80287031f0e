#pragma once

#include <memory>

#include "base/yaml.h"
#include "server/alert/mail.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// `smtp: {host: …, from: …, to: […]}`: each message is one mail, whose Message-ID is made of the
// delivery's id. Null after a diagnostic.
std::unique_ptr<Sink> ReadSmtpSink(const Yaml& node, SinkReading& reading);

// How this sink sends; null if it is of another kind.
const MailSettings* MailSettingsOf(const Sink& sink);

}  // namespace vdiwatch::server::alert
