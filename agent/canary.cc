#include "agent/canary.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr std::string_view kFormat = "vdiwatch-canary/1";

Result<CanaryRecord> FromJson(const Json& json) {
  CanaryRecord record;
  ASSIGN_OR_RETURN(std::string format, JsonMember<std::string>(json, "format"));
  if (format != kFormat) return Invalid(fmt::format("'format' is not {}", kFormat));
  ASSIGN_OR_RETURN(record.canary.id, JsonMember<std::string>(json, "id", 64));
  ASSIGN_OR_RETURN(std::string created_at, JsonMember<std::string>(json, "created_at"));
  ASSIGN_OR_RETURN(record.canary.created_at, ParseTime(created_at));
  ASSIGN_OR_RETURN(record.canary.boots, JsonMember<std::int64_t>(json, "boots"));
  ASSIGN_OR_RETURN(record.boot_id, JsonMember<std::string>(json, "boot_id", 64));
  if (record.canary.boots < 1) return Invalid("'boots' must be at least 1");
  return record;
}

}  // namespace

CanaryRecord CountBoot(const std::optional<CanaryRecord>& last, std::string_view boot_id,
                       Time now) {
  if (!last) {
    return {.canary = {.id = Hex(RandomBytes(16)), .created_at = now, .boots = 1},
            .boot_id = std::string(boot_id)};
  }
  CanaryRecord record = *last;
  if (record.boot_id != boot_id) ++record.canary.boots;
  record.boot_id = boot_id;
  return record;
}

std::string CanaryToText(const CanaryRecord& record) {
  Json json = {{"format", kFormat},
               {"id", record.canary.id},
               {"created_at", FormatTime(record.canary.created_at)},
               {"boots", record.canary.boots},
               {"boot_id", record.boot_id}};
  return json.dump(1) + "\n";
}

Result<CanaryRecord> CanaryFromText(std::string_view text, std::string_view what) {
  ASSIGN_OR_RETURN(Json json, ParseJson(text, what, {.max_bytes = kMaxBytes, .max_depth = 4}));
  auto record = FromJson(json);
  if (!record) return Invalid(fmt::format("{}: {}", what, record.error().message));
  return record;
}

Result<Canary> KeepCanary(const std::filesystem::path& folder, std::string_view boot_id, Time now) {
  std::filesystem::path file = folder / "canary.json";
  std::optional<CanaryRecord> last;
  auto text = ReadFile(file, kMaxBytes);
  if (text) {
    auto record = CanaryFromText(*text, file.string());
    if (record) last = *record;
  } else if (text.error().kind != ErrorKind::kNotFound) {
    return text.error();  // it may well be there: a second canary would tell a lie
  }
  CanaryRecord record = CountBoot(last, boot_id, now);
  if (!last || last->boot_id != record.boot_id) {
    RETURN_IF_ERROR(WriteFile(file, CanaryToText(record), FileMode::kPublic));
  }
  return record.canary;
}

}  // namespace vdiwatch::agent
