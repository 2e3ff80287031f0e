#include "server/alert/routing.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "collector/store/rows.h"
#include "policy/alert_causes.h"

namespace vdiwatch::server::alert {
namespace {

using collector::Delivery;
using policy::NoticeKind;

constexpr Seconds kFirstBackOff{5};
constexpr Seconds kLongestBackOff{60 * 60};

// What a policy alone can bring about: a verdict. Silence, clones, sinks and waivers run on
// without.
bool IsVerdict(const AlertLine& line) {
  return !line.pool.empty() && (!line.rule.empty() || line.cause == policy::kPoolNoncompliant ||
                                line.cause == policy::kPoolUnknown);
}

bool ComesOf(const AlertLine& line, const PolicyNews& news) {
  return IsVerdict(line) && news.at != Time() && line.kind == NoticeKind::kOpened &&
         line.since >= news.at && line.since <= news.at + kPolicyWake;
}

// Without the one sink or waiver that it is about ("sink-failing/mail").
std::string_view KindOf(std::string_view cause) { return cause.substr(0, cause.find('/')); }

// The detail is what AlertDetail (collector/alert_book.h) wrote.
void ReadDetail(const std::string& detail, AlertLine& line) {
  const auto json = ParseJson(detail, "an alert's detail");
  if (!json || !json->is_object()) return;
  line.name = json->value("name", "");
  line.pool = json->value("pool", "");
  line.rule = json->value("rule", "");
  line.severity = json->value("severity", "");
  line.grade = json->value("grade", "");
  line.desktops = json->value("desktops", std::int64_t{0});
  line.of = json->value("of", std::int64_t{0});
  line.text = json->value("text", "");
  line.remediation = json->value("remediation", "");
  const Json attributes = json->value("attributes", Json::object());
  for (const auto& [key, value] : attributes.items()) {
    if (value.is_string()) line.attributes[key] = value.get<std::string>();
  }
}

std::string UrlOf(const std::string& dashboard, const std::string& id) {
  return dashboard.empty() ? std::string() : fmt::format("{}/alerts/{}", dashboard, id);
}

// By sink and the silence that holds them back: what may stand in one message.
using MessageKey = std::pair<std::string, std::string>;

// The silence that the delivery waits for, as the key has it; empty: none.
std::string SilenceOf(const std::string& why) {
  const std::size_t length = collector::SilencedBy(0).size();
  const bool silenced = why.starts_with(collector::SilencedBy(0).substr(0, length - 16));
  return silenced ? why.substr(0, length) : std::string();
}

// A message that more can be said in. Each line is of the notice at its place.
struct Open {
  Delivery delivery;
  std::vector<AlertLine> lines;
  bool stored = false;
  bool changed = false;
};

class Grouping {
 public:
  Grouping(const PolicyNews& news, Time now, const std::function<std::int64_t()>& new_id)
      : news_(news), now_(now), new_id_(new_id) {}

  void Hold(const HeldMessage& held) {
    if (held.lines.empty() || held.lines.size() != held.delivery.notices.size()) return;
    messages_[{held.delivery.sink, SilenceOf(held.delivery.why)}].push_back(
        {held.delivery, held.lines, true, false});
  }

  void Add(const OutboxNotice& notice, const Leg& leg) {
    if (notice.line.kind == NoticeKind::kReminded && IsTold(notice, leg.sink)) return;
    auto& open = messages_[{leg.sink, SilenceOf(leg.why)}];
    auto room = std::ranges::find_if(open, [&](const Open& message) {
      return message.lines.size() < kMostLines &&
             message.delivery.next_at <= std::max(leg.due, now_) &&
             BelongsTo(message.lines, notice.line, news_);
    });
    if (room == open.end()) {
      Delivery made;
      made.id = new_id_();
      made.sink = leg.sink;
      made.created_at = now_;
      made.next_at = leg.due;
      made.why = leg.why;
      room = open.insert(open.end(), {std::move(made), {}, false, false});
    }
    room->delivery.notices.push_back(notice.id);
    room->lines.push_back(notice.line);
    room->changed = true;
  }

  void Take(Routed& routed) {
    for (auto& [key, open] : messages_) {
      for (Open& message : open) {
        if (!message.changed) continue;
        (message.stored ? routed.extended : routed.made).push_back(std::move(message.delivery));
      }
    }
  }

 private:
  // A reminder takes the place of an older one that still waits, and says nothing new beside an
  // opening that does.
  bool IsTold(const OutboxNotice& notice, const std::string& sink) {
    for (auto& [key, open] : messages_) {
      if (key.first != sink) continue;
      for (Open& message : open) {
        const auto line = std::ranges::find(message.lines, notice.line.id, &AlertLine::id);
        if (line == message.lines.end() || line->kind == NoticeKind::kResolved) continue;
        if (line->kind == NoticeKind::kReminded) {
          message.delivery.notices[static_cast<std::size_t>(line - message.lines.begin())] =
              notice.id;
          *line = notice.line;
          message.changed = true;
        }
        return true;
      }
    }
    return false;
  }

  const PolicyNews& news_;
  const Time now_;
  const std::function<std::int64_t()>& new_id_;
  std::map<MessageKey, std::vector<Open>> messages_;
};

// The later of two times, with its reason.
void Postpone(Leg& leg, Time due, const std::string& why) {
  if (due <= leg.due) return;
  leg.due = due;
  leg.why = why;
}

Leg LegOf(const RouteSpec& route, const std::string& sink, const AlertLine& line, Time now) {
  Leg leg{sink, now, ""};
  if (route.group_for > Seconds(0)) Postpone(leg, line.at + route.group_for, "grouped");
  if (const auto quiet = QuietUntil(route.quiet_hours, line.severity, now)) {
    Postpone(leg, *quiet, fmt::format("{}{}", kQuiet, FormatTime(*quiet)));
  }
  return leg;
}

}  // namespace

std::vector<ActiveSilence> SilencesAt(std::span<const collector::Silence> silences, Time now) {
  std::vector<ActiveSilence> active;
  for (const collector::Silence& silence : silences) {
    if (silence.starts_at > now || silence.ends_at <= now) continue;
    const auto json = ParseJson(silence.matchers, "a silence's matchers");
    auto match = json ? ParseMatchers(*json) : Result<Match>(json.error());
    if (match) active.push_back({silence, *std::move(match)});
  }
  return active;
}

const ActiveSilence* FindSilence(std::span<const ActiveSilence> silences, const AlertLine& line) {
  const ActiveSilence* last = nullptr;
  for (const ActiveSilence& one : silences) {
    const bool later = last == nullptr || one.silence.ends_at > last->silence.ends_at;
    if (later && Matches(one.match, line)) last = &one;
  }
  return last;
}

std::string SilencedText(const collector::Silence& silence) {
  return fmt::format("{} until {}: {}", collector::SilencedBy(silence.id),
                     FormatTime(silence.ends_at), silence.reason);
}

AlertLine LineOf(const collector::Notice& notice, const std::string& dashboard) {
  AlertLine line;
  line.id = collector::IdText(notice.alert_id);
  line.kind = notice.kind;
  line.cause = notice.cause;
  line.since = notice.since;
  line.opened_at = notice.opened_at;
  line.at = notice.at;
  ReadDetail(notice.detail, line);
  line.url = UrlOf(dashboard, line.id);
  return line;
}

AlertLine LineOf(const collector::Alert& alert, const std::string& dashboard) {
  AlertLine line;
  line.id = collector::IdText(alert.id);
  line.kind = alert.resolved_at ? NoticeKind::kResolved : NoticeKind::kOpened;
  line.cause = alert.cause;
  line.since = alert.course.since;
  line.opened_at = alert.course.opened_at.value_or(alert.course.since);
  line.at = alert.resolved_at.value_or(alert.course.noticed_at);
  ReadDetail(alert.detail, line);
  line.url = UrlOf(dashboard, line.id);
  return line;
}

bool BelongsTo(std::span<const AlertLine> message, const AlertLine& line, const PolicyNews& news) {
  if (message.empty()) return true;
  const bool of_policy = ComesOf(line, news);
  if (message[0].kind != line.kind || ComesOf(message[0], news) != of_policy) return false;
  return of_policy || std::ranges::any_of(message, [&](const AlertLine& other) {
           return KindOf(other.cause) == KindOf(line.cause) ||
                  (!line.pool.empty() && other.pool == line.pool);
         });
}

std::string SharedBy(std::span<const AlertLine> lines, const PolicyNews& news) {
  if (lines.empty()) return "";
  if (std::ranges::all_of(lines, [&](const AlertLine& line) { return ComesOf(line, news); })) {
    return news.text;
  }
  std::set<std::string_view> pools, causes;
  for (const AlertLine& line : lines) {
    pools.insert(line.pool);
    causes.insert(KindOf(line.cause));
  }
  if (pools.size() < 2 || causes.size() != 1) return "";
  return fmt::format("{} pools, one cause: {}", pools.size(), *causes.begin());
}

std::vector<Leg> LegsOf(const AlertConfig& config, const AlertLine& line,
                        std::span<const ActiveSilence> silences, Time now) {
  std::vector<Leg> legs;
  for (const RouteSpec& route : config.routes) {
    if (!Matches(route.match, line)) continue;
    for (const std::string& sink : route.sinks) {
      Leg leg = LegOf(route, sink, line, now);
      const auto known = std::ranges::find(legs, sink, &Leg::sink);
      if (known == legs.end()) {
        legs.push_back(std::move(leg));
      } else if (leg.due < known->due) {
        *known = std::move(leg);
      }
    }
    if (route.last) break;
  }
  // Whoever was told of an alert is told of its end; who was not is not (desk's senders see to it).
  const bool over = line.kind == NoticeKind::kResolved;
  const ActiveSilence* silenced = over ? nullptr : FindSilence(silences, line);
  if (silenced == nullptr) return legs;
  for (Leg& leg : legs) Postpone(leg, silenced->silence.ends_at, SilencedText(silenced->silence));
  return legs;
}

Routed RouteNotices(const AlertConfig& config, std::span<const OutboxNotice> notices,
                    std::span<const HeldMessage> held, std::span<const ActiveSilence> silences,
                    const PolicyNews& news, Time now, const std::function<std::int64_t()>& new_id) {
  Routed routed;
  Grouping grouping(news, now, new_id);
  for (const HeldMessage& message : held) grouping.Hold(message);
  for (const OutboxNotice& notice : notices) {
    routed.notices.push_back(notice.id);
    for (const Leg& leg : LegsOf(config, notice.line, silences, now)) grouping.Add(notice, leg);
  }
  grouping.Take(routed);
  return routed;
}

Seconds BackOff(std::int64_t attempts, Seconds retry_after, double jitter) {
  const auto doublings = std::clamp<std::int64_t>(attempts - 1, 0, 20);
  const Seconds whole = std::min(kLongestBackOff, kFirstBackOff * (std::int64_t{1} << doublings));
  const auto spread =
      Seconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * jitter));
  return std::max({Seconds(1), spread, retry_after});
}

}  // namespace vdiwatch::server::alert
