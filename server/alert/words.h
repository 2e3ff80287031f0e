#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

// The words of alerts, the same in every sink. Pure.

// One line for a whole message, without line breaks: "[vdiwatch] critical: NonPersistentPool in
// pool fin-berlin, 38 of 40 desktops"; a test says that it is one, an end after how long.
std::string Subject(const Message& message);
// The same without the name in brackets.
std::string Headline(const Message& message);

// Paragraphs of plain text: what, how many of how many and why, since when, what to do, a link;
// past `most` alerts it says how many more there are.
std::string PlainText(const Message& message, std::size_t most = 50);

// What one alert says of itself, a line each.
std::string Title(const AlertLine& line);    // "NonPersistentPool in pool fin-berlin (critical)"
std::string Reason(const AlertLine& line);   // how many of how many, and why
std::string Lasting(const AlertLine& line);  // "Since … UTC (2 h 10 min)", "Over after …"

// What a test says of itself.
inline constexpr std::string_view kTestNote =
    "This is a test of the way here. Nothing is wrong, and nothing needs to be done.";

// Two units at most: "45 s", "2 h 10 min", "3 d 4 h".
std::string SpanInWords(Seconds span);
// At most max_bytes of UTF-8, "…" included where something is left out.
std::string Cut(std::string_view text, std::size_t max_bytes);

}  // namespace vdiwatch::server::alert
