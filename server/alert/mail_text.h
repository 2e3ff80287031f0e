#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/alert/mail.h"

namespace vdiwatch::server::alert {

// "Name <local@domain>" or "local@domain"; ASCII addresses only (no SMTPUTF8). Nothing: neither.
struct Mailbox {
  std::string name;
  std::string address;
};
std::optional<Mailbox> ParseMailbox(std::string_view text);

// The mail as it travels: RFC 5322 and MIME, 7 bits wide, lines end with CRLF, nothing dot-stuffed.
// Settings and mail must have passed ParseMailbox.
std::string ComposeMail(const MailSettings& settings, const Mail& mail);

}  // namespace vdiwatch::server::alert
