#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::server::alert {

// How mail goes out; sink_smtp.h reads it from a file.
struct MailSettings {
  enum class Security { kStartTls, kTls, kNone };  // kNone: nothing is encrypted, and no AUTH

  std::string host;
  std::uint16_t port = 587;
  Security security = Security::kStartTls;
  std::filesystem::path ca_file;  // PEM; empty: whom this system trusts
  std::string user;               // empty: no AUTH
  std::string password;
  std::string from;             // "vdiwatch <vdiwatch@corp.example>", or the address alone
  std::vector<std::string> to;  // likewise
  std::string hello;            // what EHLO says; empty: this machine's name
  Seconds timeout{20};          // for each answer of the server
  Seconds patience{50};         // for all of them together
};

struct Attachment {
  std::string name;
  std::string media_type;  // "text/csv"
  std::string bytes;
};

// One message, UTF-8. Line breaks in what becomes a header turn into blanks.
struct Mail {
  std::string id;      // letters and digits: the Message-ID's left side, the same at each attempt
  std::string thread;  // likewise: what one conversation shares; may be empty
  std::string subject;
  std::string text;
  Time date{};
  std::vector<Attachment> attachments;
};

struct MailReceipt {
  std::string text;                // the server's last words, and whom it refuses for good
  std::vector<std::string> later;  // recipients that it refuses for now; the others have the mail
};

// Sends the mail over a connection of its own. Errors: invalid (the server refuses this mail, or
// every recipient, for good), denied (certificate, STARTTLS or AUTH), unavailable (not now). Each
// names the server and what it said. Blocks for a few time-outs at most; any thread may call.
Result<MailReceipt> SendMail(const MailSettings& settings, const Mail& mail);

}  // namespace vdiwatch::server::alert
