#include <gtest/gtest.h>

#include "policy/waive.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

constexpr auto kRules =
    "pack: p\nrules:\n"
    "  - {id: kind, require: {platform.kind: vmware}}\n"
    "  - {id: memory, require: {memory.total_mib: {ge: 8192}}, otherwise: conditional}\n"
    "  - {id: wsl, severity: info, require: {wsl.usable: true}}\n"
    "---\nwaivers:\n";

Time At(std::string_view text) { return *ParseTime(text); }

// A waiver of the pool `finance` for the rule `kind`, with these further keys.
std::string Waiver(const std::string& id, const std::string& more) {
  return "  - {id: " + id + ", rule: kind, pool: finance, owner: jane, reason: it moves, " + more +
         "}\n";
}

const Facts kXen = {{"platform.kind", Known("xen")},
                    {"memory.total_mib", Known(std::int64_t{9000})}};

Verdict Judged(const std::string& waivers, Time at, const Facts& facts = kXen,
               const std::vector<std::string>& ids = {}) {
  PolicySet set = GoodSet(kRules + waivers);
  Verdict verdict = Evaluate(set, facts, {}, at);
  Waive(WaiversFor(set, "finance", ids), at, verdict);
  return verdict;
}

const RuleVerdict& RuleNamed(const Verdict& verdict, std::string_view id) {
  return *std::ranges::find(verdict.rules, id, &RuleVerdict::rule);
}

std::string Mistakes(const std::string& more) {
  std::string all = MistakesIn("waivers:\n" + Waiver("w", more));
  return all.substr(0, all.find('\n'));
}

// --- The dates that InSpec's waivers got wrong ---------------------------------------------------

TEST(WaiverDates, HoldThroughTheEndOfTheDayInUtc) {
  std::string waiver = Waiver("w", "expires: 2026-12-31");
  EXPECT_EQ(Judged(waiver, At("2026-12-30T23:59:59Z")).grade, Grade::kCompliant);
  EXPECT_EQ(Judged(waiver, At("2026-12-31T00:00:00Z")).grade, Grade::kCompliant);
  EXPECT_EQ(Judged(waiver, At("2026-12-31T23:59:59Z")).grade, Grade::kCompliant);
  EXPECT_EQ(Judged(waiver, At("2027-01-01T00:00:00Z")).grade, Grade::kNoncompliant);
}

// inspec/inspec#5570: a date in this year was read as its first of January.
TEST(WaiverDates, ADateInThisYearIsThatDate) {
  std::string waiver = Waiver("w", "expires: 2026-11-23");
  EXPECT_EQ(GoodSet(kRules + waiver).waivers[0].ends, At("2026-11-24T00:00:00Z"));
  EXPECT_EQ(Judged(waiver, At("2026-11-22T12:00:00Z")).grade, Grade::kCompliant);
}

TEST(WaiverDates, AYearAloneIsRefused) {
  for (const char* year : {"2027", "'2027'", "\"2027\""}) {
    EXPECT_NE(Mistakes(std::string("expires: ") + year)
                  .find("'expires' is a year alone; write a day of it, such as 2027-12-31"),
              std::string::npos)
        << year;
  }
}

TEST(WaiverDates, AMonthAloneIsRefused) {
  EXPECT_NE(Mistakes("expires: 2027-02").find("is a month alone"), std::string::npos);
  EXPECT_NE(Mistakes("expires: 2027-06").find("such as 2027-06-30"), std::string::npos);
}

// inspec/inspec#5260, #5794: in which time zone?
TEST(WaiverDates, ATimeWithoutAZoneIsRefused) {
  for (const char* time : {"2027-01-01T18:00:00", "2027-01-01 18:00:00", "2027-01-01T18:00:00.5"}) {
    EXPECT_NE(Mistakes(std::string("expires: ") + time).find("is a time without its zone"),
              std::string::npos)
        << time;
  }
}

TEST(WaiverDates, ATimeWithAnOffsetIsThatMoment) {
  std::string waiver = Waiver("w", "expires: 2026-12-31T18:00:00+02:00");
  EXPECT_EQ(GoodSet(kRules + waiver).waivers[0].expires, "2026-12-31T16:00:00Z");
  EXPECT_EQ(Judged(waiver, At("2026-12-31T15:59:59Z")).grade, Grade::kCompliant);
  EXPECT_EQ(Judged(waiver, At("2026-12-31T16:00:00Z")).grade, Grade::kNoncompliant);
}

// YAML 1.1 makes dates, octal and sexagesimal numbers of plain words; here they stay what they say.
TEST(WaiverDates, YamlsOwnTypesDoNotMatter) {
  for (const char* date : {"2026-12-31", "'2026-12-31'", "\"2026-12-31\""}) {
    std::string waiver = Waiver("w", std::string("expires: ") + date);
    EXPECT_EQ(GoodSet(kRules + waiver).waivers[0].ends, At("2027-01-01T00:00:00Z")) << date;
  }
  for (const char* other : {"20261231", "1798675200", "2026-1-5", "31.12.2026", "12/31/2026",
                            "2026-366", "2026-12-31T25:00:00Z", "never", "~", "true", "{}"}) {
    EXPECT_NE(Mistakes(std::string("expires: ") + other).find("'expires' must be a date such as"),
              std::string::npos)
        << other;
  }
}

TEST(WaiverDates, ADayThatIsNotInTheCalendarIsRefused) {
  EXPECT_NE(Mistakes("expires: 2027-02-29"), "");
  EXPECT_EQ(Mistakes("expires: 2028-02-29"), "");
}

TEST(WaiverDates, TheExpiryIsMandatory) {
  EXPECT_NE(Mistakes("starts: 2026-12-01").find("a waiver needs 'expires'"), std::string::npos);
}

TEST(WaiverDates, StartsWithTheFirstMomentOfItsDay) {
  std::string waiver = Waiver("w", "starts: 2026-12-01, expires: 2026-12-01");
  EXPECT_EQ(Judged(waiver, At("2026-11-30T23:59:59Z")).grade, Grade::kNoncompliant);
  EXPECT_EQ(Judged(waiver, At("2026-12-01T00:00:00Z")).grade, Grade::kCompliant);
  EXPECT_EQ(Judged(waiver, At("2026-12-02T00:00:00Z")).grade, Grade::kNoncompliant);
}

// chef/automate#4342: an expired waiver was still shown as waived.
TEST(WaiverStates, AnExpiredOneExcusesNothingAndSaysSo) {
  Verdict verdict = Judged(Waiver("w", "expires: 2026-11-21"), At("2026-11-22T00:00:00Z"));
  EXPECT_EQ(RuleNamed(verdict, "kind").grade, Grade::kNoncompliant);
  EXPECT_FALSE(RuleNamed(verdict, "kind").excuse);
  auto set = GoodSet(kRules + Waiver("w", "expires: 2026-11-21"));
  EXPECT_EQ(StateOf(set.waivers[0], false, At("2026-11-21T23:59:59Z")), WaiverState::kUnused);
  EXPECT_EQ(StateOf(set.waivers[0], true, At("2026-11-22T00:00:00Z")), WaiverState::kExpired);
}

TEST(WaiverStates, FollowTheClock) {
  auto waiver = GoodSet(kRules + Waiver("w", "starts: 2026-10-01, expires: 2026-12-31")).waivers[0];
  EXPECT_EQ(StateOf(waiver, true, At("2026-09-30T23:59:59Z")), WaiverState::kScheduled);
  EXPECT_EQ(StateOf(waiver, true, At("2026-10-01T00:00:00Z")), WaiverState::kActive);
  EXPECT_EQ(StateOf(waiver, false, At("2026-10-01T00:00:00Z")), WaiverState::kUnused);
  EXPECT_EQ(StateOf(waiver, true, At("2026-12-17T23:59:59Z")), WaiverState::kActive);
  EXPECT_EQ(StateOf(waiver, true, At("2026-12-18T00:00:00Z")), WaiverState::kExpiring);
  EXPECT_EQ(StateOf(waiver, true, At("2026-12-31T23:59:59Z")), WaiverState::kExpiring);
  EXPECT_EQ(StateOf(waiver, true, At("2027-01-01T00:00:00Z")), WaiverState::kExpired);
}

// --- What a waiver does --------------------------------------------------------------------------

TEST(Waive, TheFailureStaysVisibleWithItsSentence) {
  Verdict verdict = Judged(Waiver("w", "expires: 2026-12-31"), At("2026-11-22T12:00:00Z"));
  const RuleVerdict& rule = RuleNamed(verdict, "kind");
  EXPECT_EQ(rule.grade, Grade::kWaived);
  EXPECT_NE(rule.why.find("platform.kind = xen"), std::string::npos);
  ASSERT_TRUE(rule.excuse);
  EXPECT_EQ(rule.excuse->text, "Waived by jane until the end of 2026-12-31 (UTC): it moves.");
  EXPECT_EQ(rule.excuse->grade, Grade::kNoncompliant);
  Json json = VerdictToJson(verdict, kXen);
  const Json written =
      *std::ranges::find_if(json["rules"], [](const Json& rule) { return rule["id"] == "kind"; });
  EXPECT_EQ(written["grade"], "waived");
  EXPECT_EQ(written["waiver"],
            Json({{"id", "w"}, {"grade", "noncompliant"}, {"text", rule.excuse->text}}));
}

TEST(Waive, CountsAsNeitherGoodNorBad) {
  Facts facts = kXen;
  facts["memory.total_mib"] = Known(std::int64_t{4096});
  Time at = At("2026-11-22T12:00:00Z");
  EXPECT_EQ(Judged(Waiver("w", "expires: 2026-12-31"), at, facts).grade, Grade::kConditional);
  PolicySet only = GoodSet(PackOf("    require: {platform.kind: vmware}\n") +
                           "---\nwaivers: [{id: w, rule: r, pool: x, owner: o, reason: r, expires: "
                           "2026-12-31}]\n");
  Verdict verdict = Evaluate(only, kXen, {}, at);
  Waive(WaiversFor(only, "x", {}), at, verdict);
  EXPECT_EQ(verdict.grade, Grade::kWaived) << "no other rule is left to speak for it";
}

TEST(Waive, ConditionalIsExcusedAndUnknownIsNot) {
  std::string waiver =
      "  - {id: w, rule: memory, pool: finance, owner: o, reason: r, expires: 2026-12-31}\n";
  Time at = At("2026-11-22T12:00:00Z");
  Facts facts = {{"platform.kind", Known("vmware")}, {"memory.total_mib", Known(std::int64_t{1})}};
  EXPECT_EQ(Judged(waiver, at, facts).grade, Grade::kCompliant);
  facts["memory.total_mib"] = Unknown(Missing::kDenied);
  EXPECT_EQ(Judged(waiver, at, facts).grade, Grade::kUnknown);
}

TEST(Waive, OnlyItsOwnPool) {
  std::string elsewhere =
      "  - {id: w, rule: kind, pool: sales, owner: o, reason: r, expires: 2026-12-31}\n";
  EXPECT_EQ(Judged(elsewhere, At("2026-11-22T12:00:00Z")).grade, Grade::kNoncompliant);
}

TEST(Waive, OfADesktopHoldsWhereItsProfileNamesIt) {
  std::string waiver =
      "  - {id: w, rule: kind, desktop: fin-01, owner: o, reason: r, expires: 2026-12-31}\n";
  Time at = At("2026-11-22T12:00:00Z");
  EXPECT_EQ(Judged(waiver, at).grade, Grade::kNoncompliant);
  EXPECT_EQ(Judged(waiver, at, kXen, {"w"}).grade, Grade::kCompliant);
}

TEST(Waive, AVerdictIsGoodUntilItsWaiversTurn) {
  Time at = At("2026-11-22T12:00:00Z");
  EXPECT_EQ(Judged(Waiver("w", "expires: 2026-12-31"), at).valid_until, At("2027-01-01T00:00:00Z"));
  EXPECT_EQ(Judged(Waiver("w", "starts: 2026-12-24, expires: 2026-12-31"), at).valid_until,
            At("2026-12-24T00:00:00Z"));
  EXPECT_EQ(Judged(Waiver("w", "expires: 2026-11-21"), at).valid_until, std::nullopt);
  Facts good = {{"platform.kind", Known("vmware")},
                {"memory.total_mib", Known(std::int64_t{9000})}};
  EXPECT_EQ(Judged(Waiver("w", "expires: 2026-12-31"), at, good).valid_until, std::nullopt)
      << "where nothing fails, time changes nothing";
}

TEST(Waive, OfTwoTheOneThatEndsLastCounts) {
  std::string both = Waiver("a", "expires: 2026-12-01") + Waiver("b", "expires: 2026-12-31");
  Verdict verdict = Judged(both, At("2026-11-22T12:00:00Z"));
  EXPECT_EQ(RuleNamed(verdict, "kind").excuse->waiver, "b");
  EXPECT_EQ(verdict.valid_until, At("2026-12-02T00:00:00Z"));
}

TEST(WaiversNaming, ByHostNameOrIdAndPool) {
  PolicySet set = GoodSet(
      "waivers:\n"
      "  - {id: host, rule: r, desktop: FIN-01, owner: o, reason: r, expires: 2026-12-31}\n"
      "  - {id: id, rule: r, desktop: 00000000000000ff, owner: o, reason: r, expires: 2026-12-31}\n"
      "  - {id: here, rule: s, desktop: fin-01, pool: finance, owner: o, reason: r, expires: "
      "2026-12-31}\n"
      "  - {id: there, rule: t, desktop: fin-01, pool: sales, owner: o, reason: r, expires: "
      "2026-12-31}\n"
      "  - {id: pool, rule: r, pool: finance, owner: o, reason: r, expires: 2026-12-31}\n");
  using Ids = std::vector<std::string>;
  EXPECT_EQ(WaiversNaming(set, {"00000000000000ff", "fin-01", "finance"}),
            (Ids{"here", "host", "id"}));
  EXPECT_EQ(WaiversNaming(set, {"00000000000000fe", "Fin-01", "sales"}), (Ids{"host", "there"}));
  EXPECT_EQ(WaiversNaming(set, {"00000000000000fe", "fin-02", "finance"}), Ids{});
}

// As in a list of members.
TEST(WaiversNaming, EveryFormOfAHostNameIsTheSameMachine) {
  for (const char* form : {"FIN-01", "'CORP\\fin-01'", "fin-01.corp.example", "'fin-01 '"}) {
    PolicySet set = GoodSet(std::string("waivers: [{id: w, rule: r, desktop: ") + form +
                            ", owner: o, reason: r, expires: 2026-12-31}]\n");
    for (const char* host : {"fin-01", "FIN-01", "fin-01.corp.example"}) {
      EXPECT_EQ(WaiversNaming(set, {"00000000000000fe", host, "finance"}).size(), 1u)
          << form << " " << host;
    }
  }
}

TEST(WaiversNaming, TakesNoPattern) {
  for (const char* pattern : {"'fin-*'", "^fin-01$", "'fin-01, fin-02'", "'CORP\\'"}) {
    EXPECT_NE(
        Mistakes(std::string("desktop: ") + pattern + ", expires: 2026-12-31").find("pattern"),
        std::string::npos)
        << pattern;
  }
}

TEST(LintWaivers, SeesTwoFormsOfOneMachineAndWhatNeverCounts) {
  const auto waiver = [](const std::string& id, const std::string& more) {
    return "  - {id: " + id + ", owner: o, reason: r, expires: 2027-01-01, " + more + "}\n";
  };
  EXPECT_NE(MistakesIn("waivers:\n" + waiver("a", "rule: kind, desktop: 'CORP\\LAB-07'") +
                       waiver("b", "rule: kind, desktop: lab-07.corp"))
                .find("excuse the same failure"),
            std::string::npos);
  EXPECT_NE(MistakesIn("pack: p\nrules: [{id: i, severity: info, require: {wsl.usable: true}}]\n"
                       "---\nwaivers:\n" +
                       waiver("a", "rule: i, pool: x"))
                .find("'i' is an info rule"),
            std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::policy
