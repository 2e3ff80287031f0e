#include <fmt/format.h>

#include <chrono>
#include <ostream>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "server/api_client.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/duration.h"
#include "server/http.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxCursorBytes = 1024;

struct FeedOptions {
  std::shared_ptr<std::string> profile;
  std::string format = "ocsf", from, cursor_file, every = "30s";
  bool follow = false;
};

// Where to begin: where the file says that the last run ended; else as asked.
Result<std::string> FirstCursor(const FeedOptions& options, const Terminal& terminal) {
  if (!options.cursor_file.empty()) {
    const auto text = ReadFile(options.cursor_file, kMaxCursorBytes);
    if (text) {
      if (!options.from.empty()) {
        terminal.err << "vdiwatch: --from " << options.from
                     << " is not used: " << options.cursor_file << " says where to go on\n";
      }
      return std::string(Trim(*text));
    }
    if (text.error().kind != ErrorKind::kNotFound) return text.error();
  }
  const bool goes_on = options.follow || !options.cursor_file.empty();
  const std::string from = !options.from.empty() ? options.from : goes_on ? "now" : "start";
  return from == "start" ? from : std::string();
}

Result<ApiAnswer> NextPage(const FeedOptions& options, const ClientProfile& profile,
                           const std::string& cursor) {
  std::string target = "/api/v1/feed/transitions?format=" + PercentEncode(options.format);
  if (!cursor.empty()) target += "&cursor=" + PercentEncode(cursor);
  return CallApi(profile, {.target = target, .accept = "*/*"});
}

std::string HeaderOf(const ApiAnswer& answer, std::string_view name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? std::string() : found->second;
}

// A line counts as handed over once it is written: only then does the file say so. A crash between
// the two repeats a page, and loses nothing.
Result<bool> HandOver(const FeedOptions& options, const ApiAnswer& answer, std::string& cursor,
                      const Terminal& terminal) {
  if (!(terminal.out << answer.body).flush()) return false;
  std::string next = HeaderOf(answer, "vdiwatch-cursor");
  if (!options.cursor_file.empty() && next != cursor) {
    RETURN_IF_ERROR(WriteFile(options.cursor_file, next + "\n", FileMode::kPrivate));
  }
  cursor = std::move(next);
  return true;
}

Result<int> Feed(const FeedOptions& options, const Terminal& terminal) {
  const auto every = ParseDuration(options.every);
  if (!every) return Invalid("--every must be a span such as 30s");
  ASSIGN_OR_RETURN(const ClientProfile profile, LoadProfile(*options.profile));
  ASSIGN_OR_RETURN(std::string cursor, FirstCursor(options, terminal));
  for (;;) {
    const auto answer = NextPage(options, profile, cursor);
    // Who follows waits for a server that is away.
    const bool away = !answer && answer.error().kind == ErrorKind::kUnavailable;
    if (!answer && !(away && options.follow)) return answer.error();
    if (away) {
      terminal.err << "vdiwatch: " << answer.error().message << "\n";
    } else {
      ASSIGN_OR_RETURN(const bool written, HandOver(options, *answer, cursor, terminal));
      if (!written) return 0;  // the caller says that the output is lost
      if (HeaderOf(*answer, "vdiwatch-more") == "true") continue;
    }
    if (!options.follow) return 0;
    std::this_thread::sleep_for(*every);
  }
}

}  // namespace

void AddFeed(CommandLine& line) {
  CLI::App* feed = line.app.add_subcommand(
      "feed", "Prints every change of grade of pools and desktops, a line each, for SIEMs");
  auto options = std::make_shared<FeedOptions>();
  options->profile = AddProfileOption(feed);
  feed->add_option("--format", options->format, "ocsf (JSON, class 2003) or cef")
      ->check(CLI::IsMember({"ocsf", "cef"}));
  feed->add_flag("--follow", options->follow, "Goes on with what comes, until it is ended");
  feed->add_option("--from", options->from,
                   "start: all that is kept; now: what comes. Usually start, or now with --follow "
                   "or --cursor-file")
      ->check(CLI::IsMember({"start", "now"}));
  feed->add_option("--cursor-file", options->cursor_file,
                   "Begins where the file says, and keeps in it how far it came")
      ->type_name("FILE");
  feed->add_option("--every", options->every, "With --follow: how often to look")
      ->check(IsSpan())
      ->capture_default_str();
  const Terminal& terminal = line.terminal;
  line.OnChosen(feed, [options, &terminal] { return Feed(*options, terminal); });
}

}  // namespace vdiwatch::server
