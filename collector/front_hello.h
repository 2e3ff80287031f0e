#pragma once

#include <string_view>

namespace vdiwatch::collector {

// Whether the first bytes of a connection hold the whole first TLS record, which is the ClientHello
// (RFC 8446 §5.1). Until they do, a connection costs no TLS state and no place among handshakes.
enum class HelloState { kNeedMore, kComplete, kNotTls };
HelloState CheckHello(std::string_view bytes);

}  // namespace vdiwatch::collector
