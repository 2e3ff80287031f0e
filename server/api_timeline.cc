#include <algorithm>

#include "server/api_json.h"
#include "server/handlers_reads.h"
#include "server/one_desktop.h"
#include "server/query.h"

namespace vdiwatch::server {
namespace {

constexpr std::int64_t kMostLines = 2000;  // of each kind

struct Line {
  Time at{};
  Json json;
};

Json LineJson(Time at, std::string_view kind) {
  return {{"at", FormatTime(at)}, {"kind", kind},        {"detail", ""},
          {"grade", nullptr},     {"presence", nullptr}, {"policy", nullptr}};
}

// Events and changes of the grade, the newest first; of one second, as they are in their logs.
Result<std::vector<Line>> LinesOf(const Services& services, const Principal& viewer,
                                  std::int64_t desktop) {
  ASSIGN_OR_RETURN(const auto events, services.fleet.EventsOf(desktop, kMostLines));
  ASSIGN_OR_RETURN(const auto transitions, services.fleet.TransitionsOf(desktop, kMostLines));
  std::vector<Line> lines;
  for (const collector::DesktopTransition& transition : transitions) {
    Line& line = lines.emplace_back(Line{transition.at, LineJson(transition.at, "graded")});
    line.json["grade"] = policy::ToString(transition.grade);
    line.json["presence"] = collector::ToString(transition.presence);
    if (!transition.policy.empty()) line.json["policy"] = transition.policy;
  }
  for (const collector::DesktopEvent& event : events) {
    Line& line = lines.emplace_back(Line{event.at, LineJson(event.at, event.kind)});
    if (viewer.sees_all() || !NamesOtherPools(event.kind)) line.json["detail"] = event.detail;
  }
  std::ranges::stable_sort(lines, std::greater(), &Line::at);
  return lines;
}

// How many lines of its second a line has before it, itself among them.
std::int64_t PlaceInSecond(const std::vector<Line>& lines, std::size_t index) {
  std::int64_t place = 1;
  while (index > 0 && lines[index - 1].at == lines[index].at) --index, ++place;
  return place;
}

// The first line behind the cursor: a second, and how many lines of it were seen.
std::size_t Behind(const std::vector<Line>& lines, const std::optional<PairCursor>& cursor) {
  if (!cursor) return 0;
  std::size_t index = 0;
  while (index < lines.size() && ToUnix(lines[index].at) > cursor->first) ++index;
  for (std::int64_t seen = 0; seen < cursor->second && index < lines.size(); ++seen) {
    if (ToUnix(lines[index].at) != cursor->first) break;
    ++index;
  }
  return index;
}

}  // namespace

Result<HttpResponse> ShowTimeline(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto limit, NumberOr(call, "limit", 50, 1, 500));
  ASSIGN_OR_RETURN(const auto cursor, ReadCursor(call));
  using Summary = collector::DesktopSummary;
  return WithOneDesktop(services, call, [&](const Summary& desktop) -> Result<HttpResponse> {
    ASSIGN_OR_RETURN(std::vector<Line> lines,
                     LinesOf(services, *call.principal, desktop.desktop.id));
    const std::size_t from = Behind(lines, cursor);
    const std::size_t end = std::min(lines.size(), from + static_cast<std::size_t>(limit));
    Json json = Json::array();
    for (std::size_t i = from; i < end; ++i) json.push_back(lines[i].json);
    Json next = nullptr;
    if (end < lines.size()) {
      next = CursorText({ToUnix(lines[end - 1].at), PlaceInSecond(lines, end - 1)});
    }
    return JsonResponse({{"id", collector::IdText(desktop.desktop.id)},
                         {"host_name", desktop.desktop.claims.host_name},
                         {"timeline", std::move(json)},
                         {"next_cursor", std::move(next)}});
  });
}

}  // namespace vdiwatch::server
