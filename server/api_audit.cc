#include <fmt/format.h>

#include "base/text.h"
#include "server/handlers_access.h"

namespace vdiwatch::server {
namespace {

constexpr std::int64_t kDefaultLimit = 50;
constexpr std::int64_t kMaxLimit = 500;

Result<std::optional<Time>> TimeOf(const Call& call, std::string_view name) {
  const std::string_view text = call.Query(name);
  if (text.empty()) return std::optional<Time>();
  const auto time = ParseTime(text);
  if (!time) return Invalid(fmt::format("{} must be a time such as 2026-11-01T00:00:00Z", name));
  return std::optional(*time);
}

// "1795000000-17": time and id of the last line before.
std::optional<std::pair<Time, std::int64_t>> ParseCursor(std::string_view text) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto seconds = ParseInteger(text.substr(0, dash));
  const auto id = ParseInteger(text.substr(std::min(dash + 1, text.size())));
  if (!seconds || !id) return std::nullopt;
  return std::pair(FromUnix(*seconds), *id);
}

Result<collector::AuditFilter> ReadFilter(const Call& call) {
  collector::AuditFilter filter;
  filter.actor = call.Query("actor");
  filter.action = call.Query("action");
  ASSIGN_OR_RETURN(filter.since, TimeOf(call, "since"));
  ASSIGN_OR_RETURN(filter.until, TimeOf(call, "until"));
  if (const std::string_view cursor = call.Query("cursor"); !cursor.empty()) {
    filter.before = ParseCursor(cursor);
    if (!filter.before) return Invalid("cursor is not one that this list gave");
  }
  filter.limit = kDefaultLimit;
  if (const std::string_view limit = call.Query("limit"); !limit.empty()) {
    filter.limit = ParseInteger(limit).value_or(0);
    if (filter.limit < 1 || filter.limit > kMaxLimit) {
      return Invalid(fmt::format("limit must be a number from 1 to {}", kMaxLimit));
    }
  }
  return filter;
}

}  // namespace

Result<HttpResponse> ShowAudit(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(collector::AuditFilter filter, ReadFilter(call));
  const auto limit = static_cast<std::size_t>(filter.limit++);  // one more tells of a next page
  ASSIGN_OR_RETURN(auto lines, services.accounts.AuditPage(filter));
  Json next = nullptr;
  if (lines.size() > limit) {
    lines.resize(limit);
    next = fmt::format("{}-{}", ToUnix(lines.back().entry.at), lines.back().id);
  }
  Json entries = Json::array();
  for (const auto& [id, entry] : lines) {
    entries.push_back({{"id", std::to_string(id)},
                       {"at", FormatTime(entry.at)},
                       {"actor", entry.actor},
                       {"action", entry.action},
                       {"subject", entry.subject},
                       {"detail", entry.detail}});
  }
  return JsonResponse({{"entries", std::move(entries)}, {"next_cursor", std::move(next)}});
}

}  // namespace vdiwatch::server
