#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/feed_format.h"
#include "server/handlers_feed.h"
#include "server/place_seal.h"

namespace vdiwatch::server {
namespace {

using collector::FeedCursor;
using collector::FeedPage;

constexpr std::int64_t kUsualLimit = 500;
constexpr std::int64_t kMaxLimit = 5000;
// Pages with nothing that the viewer gets to see that one request passes over.
constexpr int kMostPages = 20;

constexpr std::string_view kList = "feed";

std::string CursorText(const PlaceSeal& seal, const FeedCursor& cursor) {
  const std::int64_t place[] = {cursor.pools, cursor.desktops, cursor.verdicts, cursor.member};
  return seal.Close(kList, place);
}

// As cursors were before they were sealed: followers of the whole fleet may have kept one.
std::optional<FeedCursor> ParseOpenCursor(std::string_view text) {
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

std::optional<FeedCursor> ParseCursor(const PlaceSeal& seal, const Principal& viewer,
                                      std::string_view text) {
  if (text == "start") return FeedCursor();
  std::int64_t place[4];
  if (seal.Open(kList, text, place)) return FeedCursor{place[0], place[1], place[2], place[3]};
  return viewer.sees_all() ? ParseOpenCursor(text) : std::nullopt;
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

// Without a cursor it begins now; `start`: with the oldest that is kept. Only what the viewer gets
// to see.
Result<FeedPage> PageFor(const Services& services, const PlaceSeal& seal, const Call& call,
                         std::int64_t limit) {
  const Time before = services.clock.Now() - kFeedLag;
  const std::string_view cursor = call.Query("cursor");
  if (cursor.empty()) {
    ASSIGN_OR_RETURN(const FeedCursor end, services.feed->End(before));
    return FeedPage{{}, end, false};
  }
  const auto from = ParseCursor(seal, *call.principal, cursor);
  if (!from) return Invalid("cursor must be one that the feed gave, or `start`");
  FeedPage page{{}, *from, true};
  for (int i = 0; i < kMostPages && page.more && page.events.empty(); ++i) {
    ASSIGN_OR_RETURN(page, services.feed->EventsAfter(page.next, before, limit));
    std::erase_if(page.events, [&](const collector::FeedEvent& event) {
      return !call.principal->MaySee(event.pool) || !IsFinding(event);
    });
  }
  return page;
}

}  // namespace

Result<HttpResponse> FeedTransitions(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const Format format, FormatOf(call.Query("format")));
  ASSIGN_OR_RETURN(const std::int64_t limit, LimitOf(call.Query("limit")));
  ASSIGN_OR_RETURN(const PlaceSeal seal, PlaceSealOf(services));
  ASSIGN_OR_RETURN(FeedPage page, PageFor(services, seal, call, limit));
  const auto set = services.policy().set;
  HttpResponse response;
  for (collector::FeedEvent& event : page.events) {
    event.id = seal.NameOf(event.id);
    response.body += format.write(event, *set) + "\n";
  }
  response.headers = {{"Content-Type", std::string(format.media_type)},
                      {"Cache-Control", "no-store"},
                      {"Vdiwatch-Cursor", CursorText(seal, page.next)},
                      {"Vdiwatch-More", page.more ? "true" : "false"}};
  return response;
}

}  // namespace vdiwatch::server
