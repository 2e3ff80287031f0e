#include "server/alert/words.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/server/alert/example_message.h"

namespace vdiwatch::server::alert {
namespace {

using policy::NoticeKind;

const Time kSince = *ParseTime("2026-11-25T08:00:00Z");

TEST(Words, OpenedSaysWhatHowManyWhySinceWhenWhatToDoAndWhere) {
  const Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  EXPECT_EQ(Subject(message),
            "[vdiwatch] critical: NonPersistentPool in pool fin, 38 of 40 desktops");
  EXPECT_EQ(PlainText(message),
            "NonPersistentPool in pool fin (critical)\n"
            "38 of 40 desktops: the desktop <keeps> nothing & forgets\n"
            "Since 2026-11-25 08:00 UTC (2 h 10 min)\n"
            "What to do: Give the pool persistent desktops.\n"
            "https://vdiwatch.example/alerts/0123456789abcdef\n");
}

TEST(Words, ReminderAndEndSaySo) {
  EXPECT_EQ(Headline(ExampleMessage(NoticeKind::kReminded, kSince)),
            "still critical: NonPersistentPool in pool fin, 38 of 40 desktops");
  const Message over = ExampleMessage(NoticeKind::kResolved, kSince);
  EXPECT_EQ(Headline(over), "resolved: NonPersistentPool in pool fin, after 2 h 10 min");
  EXPECT_NE(PlainText(over).find(
                "Over after 2 h 10 min: since 2026-11-25 08:00 UTC, until 2026-11-25 10:10 UTC"),
            std::string::npos);
  EXPECT_EQ(PlainText(over).find("What to do"), std::string::npos);
}

TEST(Words, TestSaysThatItIsOne) {
  Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  message.test = true;
  EXPECT_TRUE(Subject(message).starts_with("[vdiwatch] test: ")) << Subject(message);
  EXPECT_TRUE(PlainText(message).starts_with(kTestNote)) << PlainText(message);
}

TEST(Words, GroupSaysWhatItSharesAndHowManyMoreThereAre) {
  const Message group = ExampleGroup(12, 0, kSince);
  EXPECT_EQ(Headline(group),
            "critical: NonPersistentPool in 12 pools: policy 2026.11.4 came into force");
  const std::string text = PlainText(group, 10);
  EXPECT_TRUE(text.starts_with("What they share: policy 2026.11.4 came into force\n")) << text;
  EXPECT_NE(text.find("pool pool-10 "), std::string::npos) << text;
  EXPECT_EQ(text.find("pool pool-11 "), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\n… and 2 more.\n")) << text;
}

TEST(Words, PoolsAreCountedOrTheWorstAlertLeads) {
  Message group = ExampleGroup(3, 0, kSince);
  group.common = "";
  group.alerts[2].pool = group.alerts[1].pool;
  EXPECT_EQ(Headline(group), "critical: NonPersistentPool in 2 pools");
  group.alerts[0].name = "PoolNoncompliant";
  group.alerts[0].severity = "minor";
  EXPECT_EQ(Headline(group), "critical: NonPersistentPool in pool pool-2 and 2 more");
  for (AlertLine& line : group.alerts) line.pool = "fin";
  EXPECT_EQ(Headline(group), "critical: NonPersistentPool in pool fin and 2 more");
}

TEST(Words, CountIsToldOnceAndTheFleetIsNoPool) {
  AlertLine line = ExampleLine(NoticeKind::kOpened, kSince, "");
  line.text = "the policy set is refused";
  EXPECT_EQ(Reason(line), "38 of 40 desktops: the policy set is refused");
  line.of = 0;
  EXPECT_EQ(Reason(line), "the policy set is refused");
  EXPECT_EQ(Title(line), "NonPersistentPool in the fleet (critical)");
}

TEST(Words, SinksAndWaiversAreNamed) {
  AlertLine line = ExampleLine(NoticeKind::kOpened, kSince, "");
  line.name = "AlertSinkFailing";
  line.cause = "sink-failing/ops pager";
  line.of = 0;
  EXPECT_EQ(Title(line), "AlertSinkFailing (ops pager) in the fleet (critical)");
  Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  message.alerts = {line};
  EXPECT_EQ(Headline(message), "critical: AlertSinkFailing (ops pager) in the fleet");
}

TEST(Words, SubjectIsOneLineWhateverThePoolIsCalled) {
  Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  message.alerts[0].pool = "fin\r\nBcc: all@example";
  EXPECT_EQ(Subject(message).find_first_of("\r\n"), std::string::npos);
}

TEST(Words, SpansHaveTwoUnitsAtMost) {
  EXPECT_EQ(SpanInWords(Seconds(-5)), "0 s");
  EXPECT_EQ(SpanInWords(Seconds(45)), "45 s");
  EXPECT_EQ(SpanInWords(Seconds(3600)), "1 h");
  EXPECT_EQ(SpanInWords(Seconds(2 * 86'400 + 3 * 3600 + 59)), "2 d 3 h");
}

TEST(Words, CutKeepsWholeCharacters) {
  EXPECT_EQ(Cut("äöü", 6), "äöü");
  EXPECT_EQ(Cut("äöüß", 6), "ä…");
  EXPECT_TRUE(IsUtf8(Cut("ääää", 4)));
}

}  // namespace
}  // namespace vdiwatch::server::alert
