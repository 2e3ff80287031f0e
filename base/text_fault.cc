#include "base/text_fault.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vdiwatch {
namespace {

unsigned char ByteAt(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// A lead byte and the continuation bytes behind it, well formed or not.
std::size_t CharacterAt(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (ByteAt(text, at + size) & 0xC0) == 0x80) ++size;
  return size;
}

// The code point of a control character: C0, DEL or C1, which a terminal obeys.
std::optional<unsigned> ControlOf(std::string_view character) {
  const unsigned lead = ByteAt(character, 0);
  if (lead < 0x20 || lead == 0x7F) return lead;
  if (lead == 0xC2 && character.size() == 2 && ByteAt(character, 1) < 0xA0) {
    return ByteAt(character, 1);
  }
  return std::nullopt;
}

bool IsUtf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  return text.size() > 1 && (text[0] == '\0') != (text[1] == '\0');  // without a byte order mark
}

std::string FaultOf(std::string_view character) {
  if (character[0] == '\0') return "a NUL byte: this is no text";
  if (!IsUtf8(character)) {
    return fmt::format("the byte 0x{:02X} is not UTF-8 text; save the file as UTF-8",
                       ByteAt(character, 0));
  }
  const auto control = ControlOf(character);
  const bool allowed = character == "\t" || character == "\n" || character == "\r";
  if (!control || allowed) return {};
  return fmt::format("the control character U+{:04X}; leave it out", *control);
}

}  // namespace

std::optional<TextFault> FindTextFault(std::string_view text) {
  if (IsUtf16(text)) return TextFault{{1, 1}, "the file is UTF-16; save it as UTF-8"};
  Mark mark{1, 1};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = CharacterAt(text, at);
    const unsigned char byte = ByteAt(text, at);
    const bool plain = size == 1 && byte >= 0x20 && byte < 0x7F;
    if (!plain) {
      std::string message = FaultOf(text.substr(at, size));
      if (!message.empty()) return TextFault{mark, std::move(message)};
    }
    mark.column += static_cast<int>(size);
    if (byte == '\n') mark = {mark.line + 1, 1};
    at += size;
  }
  return std::nullopt;
}

std::optional<std::string> FindControl(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = CharacterAt(text, at);
    const auto control = ControlOf(text.substr(at, size));
    if (control && *control != '\t' && *control != '\n') return fmt::format("U+{:04X}", *control);
    at += size;
  }
  return std::nullopt;
}

}  // namespace vdiwatch
