#include "agent/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "agent/path.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxChangeBytes = kMaxCheckInBytes;

// A spooled change is stored as the check-in that would have told it, bodies included.
std::string ToText(const SpooledChange& change) {
  CheckInRequest request = WithBodies(MakeCheckIn(change.seen), change.seen, {"facts", "readings"});
  request.sequence = 1;
  request.sent_at = change.at;
  return ToJson(request).dump();
}

Result<SpooledChange> FromText(std::string_view text) {
  ASSIGN_OR_RETURN(CheckInRequest request, ParseCheckInRequest(text));
  if (!request.facts) return Invalid("a spooled change without facts");
  SpooledChange change{.at = request.sent_at, .seen = {}};
  change.seen.os = request.os;
  change.seen.facts = std::move(*request.facts);
  change.seen.facts.merge(request.state);
  change.seen.facts.merge(request.per_desktop);
  if (request.readings) change.seen.readings = std::move(*request.readings);
  change.seen.claims = std::move(request.claims);
  change.seen.boot_id = std::move(request.boot_id);
  change.seen.canary = std::move(request.canary);
  return change;
}

// The numbers of the spool's files, in order.
std::vector<std::int64_t> NumbersIn(const fs::path& folder, std::error_code& error) {
  std::vector<std::int64_t> numbers;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    fs::path file = it->path();
    auto number = ParseInteger(file.stem().string());
    if (number && file.extension() == ".json") numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

fs::path Spool::FileOf(std::int64_t number) const {
  return folder_ / fmt::format("{:012}.json", number);
}

Result<Spool> Spool::Open(const fs::path& folder, SpoolLimits limits) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  std::vector<std::int64_t> numbers =
      error ? std::vector<std::int64_t>{} : NumbersIn(folder, error);
  if (error) {
    return Unavailable(fmt::format("cannot use {}: {}", folder.string(), ReasonOf(error)));
  }
  Spool spool(limits);
  spool.folder_ = folder;
  for (std::int64_t number : numbers) spool.Load(spool.FileOf(number), number);
  return spool;
}

void Spool::Load(const fs::path& file, std::int64_t number) {
  next_number_ = number + 1;
  auto text = ReadFile(file, kMaxChangeBytes);
  auto change = text ? FromText(*text) : Result<SpooledChange>(text.error());
  if (!change) {
    ++lost_;
    std::error_code ignored;
    fs::remove(file, ignored);
    return;
  }
  bytes_ += text->size();
  entries_.push_back({number, text->size(), *std::move(change)});
}

Result<void> Spool::Push(const SpooledChange& change) {
  std::string text = ToText(change);
  if (text.size() > std::min(kMaxChangeBytes, limits_.max_bytes)) {
    ++lost_;
    return Invalid(fmt::format("a state change of {} bytes is too large to keep", text.size()));
  }
  while (!entries_.empty() &&
         (entries_.size() >= limits_.max_changes || bytes_ + text.size() > limits_.max_bytes)) {
    ++lost_;
    RETURN_IF_ERROR(DropFront());
  }
  if (!folder_.empty()) {
    if (auto written = WriteFile(FileOf(next_number_), text, FileMode::kPrivate); !written) {
      ++lost_;
      return written;
    }
  }
  entries_.push_back({next_number_++, text.size(), change});
  bytes_ += text.size();
  return {};
}

Result<void> Spool::Pop() { return DropFront(); }

Result<void> Spool::DropFront() {
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  bytes_ -= entry.bytes;
  if (folder_.empty()) return {};
  std::error_code error;
  fs::remove(FileOf(entry.number), error);
  if (!error) return {};
  return Unavailable(
      fmt::format("cannot remove {}: {}", FileOf(entry.number).string(), ReasonOf(error)));
}

}  // namespace vdiwatch::agent
