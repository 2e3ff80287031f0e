#include "collector/identify.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "tests/collector/identify_cases.h"

namespace vdiwatch::collector {
namespace {

class IdentifyTable : public testing::TestWithParam<IdentifyCase> {};

TEST_P(IdentifyTable, Decides) {
  Identified who = GetParam().decide();
  EXPECT_EQ(ToString(who.kind), ToString(GetParam().expect)) << who.why;
  // The check-ins' and enrolments' own seat is 7; a new desktop has no number yet.
  bool none = who.kind == Identification::kNew ||
              (who.kind == Identification::kNameCollision && who.desktop_id == 0);
  bool stays = std::string_view(GetParam().asks) == "new name" &&
               (who.kind == Identification::kRenamed || who.kind == Identification::kNameCollision);
  EXPECT_EQ(who.desktop_id, none ? 0 : stays ? 9 : 7);
  EXPECT_EQ(who.why.empty(), who.kind == Identification::kSame);
}

INSTANTIATE_TEST_SUITE_P(Docs, IdentifyTable, testing::ValuesIn(IdentifyCases()),
                         [](const auto& info) {
                           std::string name = info.param.id;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

std::string Words(Identification kind) {
  std::string words(ToString(kind));
  for (char& c : words) c = c == '_' ? ' ' : c;
  return words;
}

std::string Table() {
  std::string table =
      "| case | asks | it says | the store knows | it is | what comes of it |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& line : IdentifyCases()) {
    table += fmt::format("| `{}` | {} | {} | {} | **{}** | {} |\n", line.id, line.asks, line.says,
                         line.knows, Words(line.expect), line.then);
  }
  return table;
}

// VDIWATCH_REWRITE=1 writes the table instead of comparing it.
TEST(IdentityPage, HoldsTheTableOfCases) {
  const std::string path = std::string(VDIWATCH_SOURCE_DIR) + "/docs/identity.md";
  const std::string begin = "<!-- cases: written by tests/collector/identify_test.cc -->\n";
  const std::string end = "<!-- cases: end -->";
  auto page = ReadFile(path, 1 << 20);
  ASSERT_TRUE(page) << page.error().message;
  std::size_t from = page->find(begin), to = page->find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  from += begin.size();
  std::string wanted = page->substr(0, from) + Table() + page->substr(to);
  if (std::getenv("VDIWATCH_REWRITE")) {
    ASSERT_TRUE(WriteFile(path, wanted, FileMode::kPublic));
  }
  EXPECT_EQ(*ReadFile(path, 1 << 20), wanted) << "run this test with VDIWATCH_REWRITE=1";
}

TEST(Identify, EveryKindAndEveryIdIsInTheTableOnce) {
  std::set<std::string> ids;
  std::set<Identification> kinds;
  for (const auto& line : IdentifyCases()) {
    EXPECT_TRUE(ids.insert(line.id).second) << line.id;
    kinds.insert(line.expect);
  }
  EXPECT_EQ(kinds.size(), 7u);
}

TEST(Slot, PrefersTheDomainThenWhatTheCloudGave) {
  Claims claims;
  EXPECT_EQ(SlotOf(claims), "");
  claims.host_name = "localhost";
  EXPECT_EQ(SlotOf(claims), "") << "a name that everybody has";
  claims.host_name = "fin-01";
  EXPECT_EQ(SlotOf(claims), "host:fin-01");
  claims.smbios_uuid = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(SlotOf(claims), "host:fin-01");
  claims.smbios_uuid = "4c4c4544-0042-3510-8054-b4c04f4d5131";
  EXPECT_EQ(SlotOf(claims), "uuid:4c4c4544-0042-3510-8054-b4c04f4d5131/fin-01");
  claims.cloud_vm_id = "vm-1";
  EXPECT_EQ(SlotOf(claims), "vm:vm-1");
  claims.entra_tenant = "tenant-1";
  claims.entra_device = "device-1";
  EXPECT_EQ(SlotOf(claims), "entra:tenant-1/device-1");
  claims.domain = "corp.example";
  EXPECT_EQ(SlotOf(claims), "domain:corp.example/fin-01");
}

TEST(Slot, ASlashInANameMakesNoOtherName) {
  Claims one, other;
  one.domain = "a/b";
  one.host_name = "c";
  other.domain = "a";
  other.host_name = "b/c";
  EXPECT_NE(SlotOf(one), SlotOf(other));
}

Incarnation Speaker(Time enrolled_at, const std::string& uuid) {
  Incarnation incarnation;
  incarnation.enrolled_at = incarnation.last_seen = enrolled_at;
  incarnation.claims.host_name = "fin-01";
  incarnation.claims.domain = "corp.example";
  incarnation.claims.smbios_uuid = uuid;
  incarnation.boot_id = "boot of " + FormatTime(enrolled_at);
  return incarnation;
}

TEST(ComeBack, WhoCameFirstKeepsTheDesktop) {
  const std::string kUuid = "4c4c4544-0042-3510-8054-b4c04f4d5131";
  const std::string kOther = "4c4c4544-0042-3510-8054-b4c04f4d5132";
  const Time day = FromUnix(1'800'000'000), later = day + Seconds(86400);
  const Incarnation back = Speaker(day, kUuid);
  auto comes = [&](const std::string& boot, const Incarnation& now, Time silent_before) {
    return IdentifyComeBack(back, back.claims, boot, {{}, {now}}, silent_before);
  };
  EXPECT_EQ(comes("next boot", Speaker(later, kUuid), day), ComeBack::kPutBack);
  EXPECT_EQ(comes(back.boot_id, Speaker(later, kUuid), day), ComeBack::kContested)
      << "its boot went on: whoever took its place is another machine";
  EXPECT_EQ(comes("next boot", Speaker(later, kOther), day), ComeBack::kContested);
  EXPECT_EQ(comes("next boot", Speaker(later, kOther), later + Seconds(1)), ComeBack::kPutBack)
      << "that one has been silent";
  EXPECT_EQ(comes(back.boot_id, Speaker(day - Seconds(1), kUuid), day), ComeBack::kOver);
  EXPECT_EQ(IdentifyComeBack(back, back.claims, back.boot_id, {}, day), ComeBack::kOver)
      << "revoked, or its desktop went on elsewhere";
  EXPECT_EQ(IdentifyComeBack(back, Speaker(day, kOther).claims, back.boot_id,
                             {{}, {Speaker(later, kUuid)}}, day),
            ComeBack::kOver);
}

TEST(Boots, TheLastFourAreRemembered) {
  std::string past;
  for (int boot = 1; boot <= 6; ++boot) past = RememberBoot(past, "boot-" + std::to_string(boot));
  EXPECT_EQ(Split(past, ' ').size(), 4u);
  Incarnation incarnation;
  incarnation.boot_id = "boot-7";
  incarnation.past_boots = past;
  auto kind = [&](const char* boot) { return IdentifyCheckIn(incarnation, {}, boot).kind; };
  EXPECT_EQ(kind("boot-6"), Identification::kClonedIdentity);
  EXPECT_EQ(kind("boot-3"), Identification::kClonedIdentity);
  EXPECT_EQ(kind("boot-2"), Identification::kSame) << "forgotten";
  EXPECT_EQ(kind("boot-7"), Identification::kSame);
  EXPECT_EQ(kind("boot-8"), Identification::kSame);
}

// Desktops that report beside one called fin-01.
Candidate Beside(std::int64_t id, const char* host, const char* uuid,
                 Presence presence = Presence::kLive) {
  Candidate candidate;
  candidate.desktop.id = id;
  candidate.desktop.claims.host_name = host;
  candidate.desktop.claims.domain = "corp.example";
  candidate.desktop.claims.smbios_uuid = uuid;
  candidate.desktop.slot = SlotOf(candidate.desktop.claims);
  candidate.desktop.presence = presence;
  candidate.incarnations.emplace_back();
  return candidate;
}

TEST(Duplicate, TellsSharedUuidsFromCollidingNames) {
  const char* uuid = "4c4c4544-0042-3510-8054-b4c04f4d5131";
  Desktop one = Beside(1, "fin-01", uuid).desktop;
  EXPECT_EQ(DuplicateOf(one, {}), "none");
  EXPECT_EQ(DuplicateOf(one, {Beside(1, "fin-01", uuid)}), "none") << "itself";
  EXPECT_EQ(DuplicateOf(one, {Beside(2, "fin-02", uuid)}), "shared_uuid");
  EXPECT_EQ(DuplicateOf(one, {Beside(2, "fin-02", uuid, Presence::kOff)}), "shared_uuid");
  EXPECT_EQ(DuplicateOf(one, {Beside(2, "fin-02", uuid, Presence::kStale)}), "none");
  EXPECT_EQ(DuplicateOf(one, {Beside(2, "fin-02", uuid), Beside(3, "fin-01", "")}),
            "name_collision");
  Candidate over = Beside(2, "fin-01", "");
  over.incarnations.clear();
  EXPECT_EQ(DuplicateOf(one, {over}), "none") << "nobody speaks for it";
  const char* zeros = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(DuplicateOf(Beside(1, "a", zeros).desktop, {Beside(2, "b", zeros)}), "none");
}

}  // namespace
}  // namespace vdiwatch::collector
