#include "policy/install_order.h"

#include <gtest/gtest.h>

namespace vdiwatch::policy {
namespace {

const Fact kMonday = Known("2026-11-02T09:00:00Z");
const Fact kFriday = Known("2026-11-06T09:00:00Z");
const Fact kNever = Unknown(Missing::kAbsent);

Facts Desktop(bool installed, Fact nested) {
  return {{"docker_desktop.installed", Known(installed)},
          {"nested_virtualization.available", std::move(nested)}};
}
const Facts kBareOff = Desktop(false, Known(false));
const Facts kBareOn = Desktop(false, Known(true));
const Facts kOff = Desktop(true, Known(false));
const Facts kOn = Desktop(true, Known(true));

struct Look {
  const Facts& facts;
  Fact installed_at;
};

// What is told after the last of these looks; each is taken twice, which changes nothing.
std::string After(const std::vector<Look>& looks, InstallOrder seen = {}) {
  for (const Look& look : looks) {
    seen = Advance(seen, look.facts, look.installed_at);
    EXPECT_EQ(Advance(seen, look.facts, look.installed_at), seen) << ToText(seen);
    EXPECT_EQ(ParseInstallOrder(ToText(seen)), seen) << ToText(seen);
  }
  return Describe(InstalledBeforeNested(seen, looks.back().facts));
}

TEST(InstallOrder, TheFirstLookDoesNotTell) {
  EXPECT_EQ(After({{kOn, kMonday}}), "undetermined");
  EXPECT_EQ(After({{kBareOn, kNever}}), "absent");
}

TEST(InstallOrder, DockerDesktopWasFirstWhereItWasSeenWithoutNestedVirtualization) {
  EXPECT_EQ(After({{kOff, kMonday}}), "undetermined") << "it is not over yet";
  EXPECT_EQ(After({{kOff, kMonday}, {kOn, kMonday}}), "true");
  EXPECT_EQ(After({{kBareOff, kNever}, {kOff, kMonday}, {kOn, kMonday}}), "true");
  EXPECT_EQ(After({{kOff, kMonday}, {kOn, kMonday}, {kOff, kMonday}}), "undetermined");
}

TEST(InstallOrder, NestedVirtualizationWasFirstWhereTheInstallationCameAfterALookAtIt) {
  EXPECT_EQ(After({{kBareOn, kNever}, {kOn, kMonday}}), "false");
  EXPECT_EQ(After({{kBareOn, kNever}, {kOn, kMonday}, {kOff, kMonday}, {kOn, kMonday}}), "false");
  EXPECT_EQ(After({{kOff, kMonday}, {kOn, kMonday}, {kOn, kFriday}}), "false") << "installed anew";
  EXPECT_EQ(After({{kBareOff, kNever}, {kOn, kMonday}}), "undetermined")
      << "both came between two looks";
}

TEST(InstallOrder, AnInstallationThatWasReplacedOrRemovedCountsNoMore) {
  EXPECT_EQ(After({{kOff, kMonday}, {kOn, kFriday}}), "undetermined");
  EXPECT_EQ(After({{kOff, kMonday}, {kBareOn, kNever}, {kOn, kMonday}}), "false");
}

TEST(InstallOrder, WhatIsNotReadTellsNothing) {
  const Facts open = {{"nested_virtualization.available", Known(true)}};
  const Facts dark = Desktop(true, Unknown(Missing::kDenied));
  EXPECT_EQ(After({{open, kNever}, {kOn, kMonday}}), "undetermined");
  EXPECT_EQ(After({{kBareOn, kNever}, {dark, kMonday}}), "undetermined");
  EXPECT_EQ(After({{kOff, kMonday}, {dark, kMonday}}), "undetermined");
  EXPECT_EQ(After({{kOff, kMonday}, {dark, kMonday}, {kOn, kMonday}}), "true");
  EXPECT_EQ(After({{kBareOn, kNever}, {kOn, Unknown(Missing::kFailed)}, {kOn, kMonday}}),
            "undetermined");
}

TEST(InstallOrder, AnotherDiskBringsInstallationsFromElsewhere) {
  InstallOrder bare = Advance({}, kBareOn, kNever);
  EXPECT_EQ(After({{kOn, kMonday}}, OnAnotherDisk(bare)), "undetermined");
  InstallOrder first = Advance({}, kOff, kMonday);
  EXPECT_EQ(After({{kOn, kMonday}}, OnAnotherDisk(first)), "true") << "the same installation";
}

TEST(InstallOrder, OtherTextIsNothingSeen) {
  EXPECT_EQ(ToText({}), "");
  for (const char* text : {"", "on", "on nobody -", "on open - -", "{}"}) {
    EXPECT_EQ(ParseInstallOrder(text), InstallOrder()) << text;
  }
}

}  // namespace
}  // namespace vdiwatch::policy
