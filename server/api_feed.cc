#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/feed_format.h"
#include "server/handlers_feed.h"

namespace vdiwatch::server {
namespace {

using collector::FeedCursor;
using collector::FeedPage;

constexpr std::int64_t kUsualLimit = 500;
constexpr std::int64_t kMaxLimit = 5000;
// Pages without a change of grade that one request passes over.
constexpr int kMostPages = 20;

std::string CursorText(const FeedCursor& cursor) {
  return fmt::format("{}.{}.{}.{}", cursor.pools, cursor.desktops, cursor.verdicts, cursor.member);
}

std::optional<FeedCursor> ParseCursor(std::string_view text) {
  const auto parts = Split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  FeedCursor cursor;
  std::int64_t* const members[] = {&cursor.pools, &cursor.desktops, &cursor.verdicts,
                                   &cursor.member};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = ParseInteger(parts[i]);
    if (!number || *number < 0) return std::nullopt;
    *members[i] = *number;
  }
  return cursor;
}

Result<std::int64_t> LimitOf(std::string_view text) {
  if (text.empty()) return kUsualLimit;
  const auto limit = ParseInteger(text);
  if (limit && *limit >= 1 && *limit <= kMaxLimit) return *limit;
  return Invalid(fmt::format("limit must be a number from 1 to {}", kMaxLimit));
}

using Writer = std::string (*)(const collector::FeedEvent&, const policy::PolicySet&);
struct Format {
  std::string_view media_type;
  Writer write;
};
Result<Format> FormatOf(std::string_view name) {
  if (name == "ocsf" || name.empty()) return Format{"application/x-ndjson", &OcsfLine};
  if (name == "cef") return Format{"text/plain; charset=utf-8", &CefLine};
  return Invalid("format must be ocsf or cef");
}

// Without a cursor it begins now; `start`: with the oldest that is kept.
Result<FeedPage> PageFor(const Services& services, std::string_view cursor, std::int64_t limit) {
  const Time before = services.clock.Now() - kFeedLag;
  if (cursor.empty()) {
    ASSIGN_OR_RETURN(const FeedCursor end, services.feed->End(before));
    return FeedPage{{}, end, false};
  }
  std::optional<FeedCursor> from = cursor == "start" ? FeedCursor() : ParseCursor(cursor);
  if (!from) return Invalid("cursor must be one that the feed gave, or `start`");
  FeedPage page{{}, *from, true};
  for (int i = 0; i < kMostPages && page.more && page.events.empty(); ++i) {
    ASSIGN_OR_RETURN(page, services.feed->EventsAfter(page.next, before, limit));
  }
  return page;
}

}  // namespace

Result<HttpResponse> FeedTransitions(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const Format format, FormatOf(call.Query("format")));
  ASSIGN_OR_RETURN(const std::int64_t limit, LimitOf(call.Query("limit")));
  ASSIGN_OR_RETURN(const FeedPage page, PageFor(services, call.Query("cursor"), limit));
  const auto set = services.policy().set;
  HttpResponse response;
  for (const collector::FeedEvent& event : page.events) {
    const bool visible = Covers(call.principal->pools, event.pool);
    if (visible && IsFinding(event)) response.body += format.write(event, *set) + "\n";
  }
  response.headers = {{"Content-Type", std::string(format.media_type)},
                      {"Cache-Control", "no-store"},
                      {"Vdiwatch-Cursor", CursorText(page.next)},
                      {"Vdiwatch-More", page.more ? "true" : "false"}};
  return response;
}

}  // namespace vdiwatch::server
