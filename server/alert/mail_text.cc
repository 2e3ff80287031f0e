#include "server/alert/mail_text.h"

#include <Poco/Net/QuotedPrintableEncoder.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/digest.h"
#include "base/text.h"
#include "server/http.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::size_t kWidth = 76;
// An encoded word is at most 75 characters long (RFC 2047 §2): 12 of it and base64 of these bytes.
constexpr std::size_t kWordBytes = 42;

bool IsVisible(char c) { return c > ' ' && c < 0x7f; }
bool IsPlain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return IsVisible(c) || c == ' '; });
}

// One line: what would end a header becomes a blank.
std::string OneLine(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
  return line;
}

// In lines of 76 characters (RFC 2045 §6.8).
std::string Base64Lines(std::string_view bytes) {
  const std::string text = Base64(bytes);
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += kWidth) {
    lines += text.substr(at, kWidth) + "\r\n";
  }
  return lines;
}

// The longest beginning of at most kWordBytes that does not cut a character.
std::string_view NextWord(std::string_view text) {
  if (text.size() <= kWordBytes) return text;
  std::size_t end = kWordBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end == 0 ? kWordBytes : end);
}

// Encoded words, one a line (RFC 2047): a reader joins them without the blanks between.
std::string EncodedWords(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    const std::string_view word = NextWord(text);
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + Base64(word) + "?=";
    text.remove_prefix(word.size());
  }
  return words;
}

std::string Header(std::string_view name, std::string_view text) {
  const std::string line = OneLine(text);
  const bool fits = name.size() + 2 + line.size() <= kWidth;
  const bool as_is = fits && IsPlain(line) && line.find("=?") == std::string::npos;
  return fmt::format("{}: {}\r\n", name, as_is ? line : EncodedWords(line));
}

std::string MailboxText(std::string_view text) {
  const Mailbox box = ParseMailbox(text).value_or(Mailbox());
  if (box.name.empty()) return box.address;
  std::string quoted;
  for (const char c : box.name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  const bool as_is = IsPlain(quoted) && quoted.size() + box.address.size() < kWidth - 12;
  return fmt::format("{} <{}>", as_is ? "\"" + quoted + "\"" : EncodedWords(box.name), box.address);
}

std::string MailboxList(const std::vector<std::string>& boxes) {
  std::vector<std::string> texts;
  for (const std::string& box : boxes) texts.push_back(MailboxText(box));
  return Join(texts, ",\r\n ");
}

// RFC 5322 §3.3, in UTC.
std::string DateText(Time date) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(ToUnix(date)));
}

std::string TextPart(std::string_view text) {
  std::ostringstream out;
  Poco::Net::QuotedPrintableEncoder encoder(out);
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') encoder << '\r';
    encoder << c;
  }
  encoder.close();
  return "Content-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n\r\n" +
         out.str() + "\r\n";
}

// The name as RFC 2231 writes it, which holds any character.
std::string AttachmentPart(const Attachment& attachment) {
  return fmt::format(
             "Content-Type: {}\r\n"
             "Content-Disposition: attachment;\r\n filename*=UTF-8''{}\r\n"
             "Content-Transfer-Encoding: base64\r\n\r\n",
             OneLine(attachment.media_type), PercentEncode(OneLine(attachment.name))) +
         Base64Lines(attachment.bytes);
}

// The body's headers and the body. No part holds "=_": it stands for nothing in either encoding.
std::string Body(const Mail& mail) {
  if (mail.attachments.empty()) return TextPart(mail.text);
  const std::string boundary = "=_" + mail.id;
  std::string body =
      fmt::format("Content-Type: multipart/mixed;\r\n boundary=\"{0}\"\r\n\r\n--{0}\r\n", boundary);
  body += TextPart(mail.text);
  for (const Attachment& attachment : mail.attachments) {
    body += fmt::format("--{}\r\n", boundary) + AttachmentPart(attachment);
  }
  return body + fmt::format("--{}--\r\n", boundary);
}

bool IsLocal(std::string_view text) {
  constexpr std::string_view kSpecial = "()<>[]:;@\\,\"";  // RFC 5322 §3.2.3, but for the dot
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [&](char c) {
    return IsVisible(c) && kSpecial.find(c) == std::string_view::npos;
  });
}
bool IsDomain(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    return letter || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

}  // namespace

std::optional<Mailbox> ParseMailbox(std::string_view text) {
  Mailbox box;
  std::string_view address = Trim(text);
  if (address.ends_with('>')) {
    const std::size_t open = address.rfind('<');
    if (open == std::string_view::npos) return std::nullopt;
    std::string_view name = Trim(address.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    box.name = OneLine(name);
    address = address.substr(open + 1, address.size() - open - 2);
  }
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || !IsLocal(address.substr(0, at)) ||
      !IsDomain(address.substr(at + 1))) {
    return std::nullopt;
  }
  box.address = std::string(address);
  return box;
}

std::string ComposeMail(const MailSettings& settings, const Mail& mail) {
  const Mailbox from = ParseMailbox(settings.from).value_or(Mailbox());
  const std::string domain = from.address.substr(from.address.find('@') + 1);
  std::string text =
      fmt::format("From: {}\r\nTo: {}\r\n", MailboxText(settings.from), MailboxList(settings.to));
  text += Header("Subject", mail.subject);
  text += fmt::format("Date: {}\r\nMessage-ID: <{}@{}>\r\n", DateText(mail.date), mail.id, domain);
  if (!mail.thread.empty()) {
    text += fmt::format("In-Reply-To: <{0}@{1}>\r\nReferences: <{0}@{1}>\r\n", mail.thread, domain);
  }
  // RFC 3834 §5: nobody's absence note answers this.
  text += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  return text + Body(mail);
}

}  // namespace vdiwatch::server::alert
