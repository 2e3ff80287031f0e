#pragma once

#include "base/yaml.h"
#include "server/alert/mail.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// Reads {host, port, security, ca_file, user, password_file, from, hello}, and `to` where
// recipients are wanted; whatever else the map holds is the caller's, who also finishes it.
enum class Recipients { kWanted, kElsewhere };
MailSettings ReadMailSettings(YamlMap& map, SinkReading& reading,
                              Recipients recipients = Recipients::kWanted);

// A port of 1 to 65535, or `fallback` where the key is not there.
std::uint16_t ReadPort(YamlMap& map, std::uint16_t fallback);

}  // namespace vdiwatch::server::alert
