#include "agent/probe/smbios.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

std::uint8_t ByteAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint32_t LittleEndian32(std::string_view bytes, std::size_t at) {
  return ByteAt(bytes, at) | ByteAt(bytes, at + 1) << 8 | ByteAt(bytes, at + 2) << 16 |
         static_cast<std::uint32_t>(ByteAt(bytes, at + 3)) << 24;
}

// Cuts off what stands before the structures. dmidecode's dumps and others keep the entry point in
// the first 32 bytes and patch the table's address to 32.
std::string_view Structures(std::string_view bytes) {
  constexpr std::size_t kDumpHeader = 32, kWindowsHeader = 8;
  if (bytes.starts_with("_SM_") || bytes.starts_with("_SM3_")) {
    return bytes.size() > kDumpHeader ? bytes.substr(kDumpHeader) : std::string_view();
  }
  // RawSMBIOSData: method, major, minor, revision, length. A structure never starts with type, 2
  // or 3: its length is at least 4.
  if (bytes.size() >= kWindowsHeader && (ByteAt(bytes, 1) == 2 || ByteAt(bytes, 1) == 3)) {
    std::size_t length = LittleEndian32(bytes, 4);
    return bytes.substr(kWindowsHeader, length);
  }
  return bytes;
}

// Firmware knows no encoding: whatever is not plain ASCII becomes '?'.
std::string Ascii(std::string_view bytes, std::size_t max_bytes) {
  std::string text(bytes.substr(0, max_bytes));
  for (char& c : text) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  return text;
}

struct Structure {
  std::uint8_t type = 0;
  std::string_view formatted;  // header included
  std::vector<std::string_view> strings;

  // The string that the byte at `offset` names; nothing if the structure is too short or the
  // number names none.
  std::optional<std::string> String(std::size_t offset) const {
    if (offset >= formatted.size()) return std::nullopt;
    std::size_t number = ByteAt(formatted, offset);
    if (number == 0 || number > strings.size()) return std::nullopt;
    return Ascii(Trim(strings[number - 1]), 256);
  }
};

// Takes one structure off the front; nothing at the end or where the table breaks off.
std::optional<Structure> TakeStructure(std::string_view& rest) {
  constexpr std::size_t kHeader = 4;
  if (rest.size() < kHeader) return std::nullopt;
  Structure structure;
  structure.type = ByteAt(rest, 0);
  std::size_t length = ByteAt(rest, 1);
  if (length < kHeader || length > rest.size()) return std::nullopt;
  structure.formatted = rest.substr(0, length);
  std::size_t at = length;
  if (rest.substr(at).starts_with(std::string_view("\0\0", 2))) {
    rest.remove_prefix(at + 2);
    return structure;
  }
  while (at < rest.size() && rest[at] != '\0') {
    std::size_t end = rest.find('\0', at);
    if (end == std::string_view::npos) return std::nullopt;
    structure.strings.push_back(rest.substr(at, end - at));
    at = end + 1;
  }
  if (at >= rest.size()) return std::nullopt;  // the strings' end is missing
  rest.remove_prefix(at + 1);
  return structure;
}

struct StringField {
  std::uint8_t type;
  std::size_t offset;
  std::string_view name;
};
constexpr StringField kFields[] = {
    {0, 0x04, "bios.vendor"},          {0, 0x05, "bios.version"},
    {1, 0x04, "system.manufacturer"},  {1, 0x05, "system.product"},
    {1, 0x06, "system.version"},       {1, 0x19, "system.sku"},
    {1, 0x1A, "system.family"},        {2, 0x04, "baseboard.manufacturer"},
    {2, 0x05, "baseboard.product"},    {2, 0x08, "baseboard.asset_tag"},
    {3, 0x04, "chassis.manufacturer"}, {3, 0x08, "chassis.asset_tag"},
};

// Bytes as they stand; the first three fields are little-endian from SMBIOS 2.6 on (§7.2.1).
std::optional<std::string> Uuid(const Structure& system) {
  constexpr std::size_t kAt = 8;
  if (system.formatted.size() < kAt + 16) return std::nullopt;
  constexpr std::size_t kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::string text;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", ByteAt(system.formatted, kAt + kOrder[i]));
  }
  return text;
}

void Decode(const Structure& structure, SmbiosTable& table) {
  constexpr std::size_t kExtension2 = 0x13;  // of type 0; missing in tables before 2.1
  for (const StringField& field : kFields) {
    if (field.type != structure.type) continue;
    if (auto text = structure.String(field.offset)) table.strings.emplace(field.name, *text);
  }
  if (structure.type == 0 && structure.formatted.size() > kExtension2) {
    table.vm_bit = (ByteAt(structure.formatted, kExtension2) & 0x10) != 0;
  }
  if (structure.type == 1) {
    if (auto uuid = Uuid(structure)) table.strings.emplace("system.uuid", *uuid);
  }
  if (structure.type == 11) {
    std::string all;
    for (std::string_view text : structure.strings) all += Ascii(text, 128) + "\n";
    table.strings.emplace("oem_strings", all);
  }
}

}  // namespace

Result<SmbiosTable> ParseSmbios(std::string_view bytes) {
  SmbiosTable table;
  bool seen[256] = {};
  bool any = false;
  std::string_view rest = Structures(bytes);
  while (auto structure = TakeStructure(rest)) {
    constexpr std::uint8_t kEndOfTable = 127;
    table.whole = structure->type == kEndOfTable;
    if (table.whole) break;
    if (!seen[structure->type]) Decode(*structure, table);
    seen[structure->type] = true;
    any = any || structure->type <= 3;
  }
  if (!any) return Invalid("the SMBIOS table holds no structure of types 0 to 3");
  return table;
}

std::string WithoutSerials(std::string_view bytes) {
  // The serial number's place in types 1, 2 and 3 is the same (DSP0134 §7.2-§7.4).
  constexpr std::size_t kSerial = 7;
  std::string kept;
  std::string_view rest = Structures(bytes);
  while (auto structure = TakeStructure(rest)) {
    std::uint8_t type = structure->type;
    if (type > 3 && type != 11 && type != 127) continue;
    bool serial = type >= 1 && type <= 3 && structure->formatted.size() > kSerial;
    std::size_t number = serial ? ByteAt(structure->formatted, kSerial) : 0;
    kept += structure->formatted;
    for (std::size_t i = 0; i < structure->strings.size(); ++i) {
      std::string_view text = structure->strings[i];
      kept += i + 1 == number ? std::string(text.size(), 'x') : std::string(text);
      kept += '\0';
    }
    kept.append(structure->strings.empty() ? 2 : 1, '\0');
    if (type == 127) break;
  }
  return kept;
}

Evidence WithDecodedSmbios(Evidence evidence) {
  const Reading& raw = evidence.At("smbios:raw");
  if (std::holds_alternative<MissingReading>(raw)) return evidence;
  const auto* bytes = std::get_if<BytesReading>(&raw);
  auto table = bytes ? ParseSmbios(bytes->bytes) : Result<SmbiosTable>(SmbiosTable());
  if (!table) table = SmbiosTable();
  const MissingReading none = table->whole
                                  ? MissingReading{Missing::kAbsent, "not in the table"}
                                  : MissingReading{Missing::kFailed, "the table breaks off"};
  for (const StringField& field : kFields) {
    evidence.items.insert_or_assign("smbios:" + std::string(field.name), none);
  }
  for (const char* name : {"smbios:bios.vm_bit", "smbios:system.uuid", "smbios:oem_strings"}) {
    evidence.items.insert_or_assign(name, none);
  }
  for (const auto& [name, text] : table->strings) {
    evidence.items.insert_or_assign("smbios:" + name, TextReading{text});
  }
  if (table->vm_bit) {
    evidence.items.insert_or_assign("smbios:bios.vm_bit", NumberReading{*table->vm_bit});
  }
  return evidence;
}

}  // namespace vdiwatch::agent
