#include "tests/collector/power_loss.h"

#include <algorithm>

#include "base/file.h"

namespace vdiwatch::collector {
namespace {

// What a disk writes in one piece (https://sqlite.org/atomiccommit.html, "Hardware Assumptions").
constexpr std::size_t kSector = 512;

void Put(std::string_view bytes, std::size_t offset, std::string& content) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  content.replace(offset, bytes.size(), bytes);
}

}  // namespace

PowerLoss::PowerLoss(std::uint32_t seed) : random_(seed) { disk_.SetWitness(this); }

void PowerLoss::GoAfter(std::int64_t writes) {
  std::lock_guard lock(mutex_);
  left_ = writes;
}

void PowerLoss::LieFromNowOn() {
  std::lock_guard lock(mutex_);
  lies_ = true;
}

bool PowerLoss::gone() const {
  std::lock_guard lock(mutex_);
  return gone_;
}

PowerLoss::Loss PowerLoss::loss() const {
  std::lock_guard lock(mutex_);
  return loss_;
}

void PowerLoss::Wrote(std::string_view file, std::string_view bytes, std::int64_t offset) {
  std::lock_guard lock(mutex_);
  if (gone_) return;
  files_[std::string(file)].unsynced.push_back({false, std::string(bytes), offset});
  Count();
}

void PowerLoss::Truncated(std::string_view file, std::int64_t size) {
  std::lock_guard lock(mutex_);
  if (gone_) return;
  files_[std::string(file)].unsynced.push_back({true, "", size});
  Count();
}

void PowerLoss::Synced(std::string_view file) {
  std::lock_guard lock(mutex_);
  if (gone_ || lies_) return;
  File& known = files_[std::string(file)];
  for (const auto& change : known.unsynced) {
    auto offset = static_cast<std::size_t>(change.offset);
    change.truncates ? known.synced.resize(offset) : Put(change.bytes, offset, known.synced);
  }
  known.unsynced.clear();
}

// At once, as where SQLite asks for the folder to be synced, too.
void PowerLoss::Deleted(std::string_view file) {
  std::lock_guard lock(mutex_);
  if (!gone_) files_.erase(std::string(file));
}

void PowerLoss::Count() {
  if (left_ > 0 && --left_ == 0) Go();
}

void PowerLoss::Go() {
  gone_ = true;
  for (auto& [name, file] : files_) {
    std::string content = file.synced;
    for (const auto& change : file.unsynced) ApplySome(change, content);
    remains_[std::filesystem::path(name).filename().string()] = std::move(content);
  }
}

void PowerLoss::ApplySome(const Change& change, std::string& content) {
  ++loss_.unsynced;
  const auto fate = std::uniform_int_distribution(0, 2)(random_);  // there, gone, torn
  if (fate == 1) ++loss_.lost;
  if (fate == 1) return;
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.truncates) return content.resize(offset);
  if (fate == 0) return Put(change.bytes, offset, content);
  ++loss_.lost;
  std::string_view bytes = change.bytes;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t piece = std::min(kSector - (offset + at) % kSector, bytes.size() - at);
    if (random_() % 2) Put(bytes.substr(at, piece), offset + at, content);
    at += piece;
  }
}

void PowerLoss::WriteRemains(const std::filesystem::path& folder) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, content] : remains_) {
    (void)WriteFile(folder / name, content, FileMode::kPrivate);
  }
}

}  // namespace vdiwatch::collector
