#pragma once

#include <cstddef>
#include <string>

#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

// A pool that turned out non-persistent at `since`, told of two hours and ten minutes later.
inline AlertLine ExampleLine(policy::NoticeKind kind, Time since, const std::string& pool = "fin") {
  return {.id = "0123456789abcdef",
          .kind = kind,
          .name = "NonPersistentPool",
          .cause = "persistent-desktop",
          .pool = pool,
          .rule = "persistent-desktop",
          .severity = "critical",
          .grade = "noncompliant",
          .desktops = 38,
          .of = 40,
          .text = "38 of 40 desktops: the desktop <keeps> nothing & forgets",
          .remediation = "Give the pool persistent desktops.",
          .attributes = {{"site", "berlin"}, {"cost-centre", "4711"}},
          .url = "https://vdiwatch.example/alerts/0123456789abcdef",
          .since = since,
          .opened_at = since + Seconds(600),
          .at = since + Seconds(7800)};
}

inline Message ExampleMessage(policy::NoticeKind kind, Time since) {
  return {.id = "fedcba9876543210",
          .common = "",
          .alerts = {ExampleLine(kind, since)},
          .test = false,
          .at = since + Seconds(7800)};
}

// As many pools, one cause, texts as long as `text_bytes`.
inline Message ExampleGroup(std::size_t pools, std::size_t text_bytes, Time since) {
  Message message = ExampleMessage(policy::NoticeKind::kOpened, since);
  message.common = "policy 2026.11.4 came into force";
  message.alerts.clear();
  for (std::size_t i = 0; i < pools; ++i) {
    AlertLine line =
        ExampleLine(policy::NoticeKind::kOpened, since, "pool-" + std::to_string(i + 1));
    line.text.append(text_bytes, '&');
    message.alerts.push_back(std::move(line));
  }
  return message;
}

}  // namespace vdiwatch::server::alert
