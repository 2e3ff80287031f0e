#include <cstdlib>
#include <set>

#include "tests/collector/machines.h"

// Random histories of machines that boot, are reset, rebuilt, cloned, renamed, recreated, and get
// each other's names. Whatever happened: once it is quiet, every machine is one desktop and every
// desktop one machine.
namespace vdiwatch::collector {
namespace {

constexpr int kTicksToSettle = 12;  // three hours: longer than a pool's stale_after
constexpr int kEvents = 10;

class IdentityHistory : public MachinesTest, public testing::WithParamInterface<int> {
 protected:
  void Happen();
  void ExpectOneDesktopEach(const std::string& when);

  Machine& Anybody() { return *std::next(machines_.begin(), Random(Count())); }
  int Count() const { return static_cast<int>(machines_.size()); }
  std::string SomeName() {
    return Random(2) == 0 ? Anybody().seat.report.claims.host_name
                          : "fin-" + std::to_string(10 + Random(90));
  }
  void Tell(const std::string& what, const Machine& machine) {
    story_ += "\n  " + what + " " + machine.seat.report.claims.host_name;
  }

  std::string story_;
  int causes_ = 0;  // of an enrolment
};

void IdentityHistory::Happen() {
  Machine& machine = Anybody();
  switch (Random(11)) {
    case 0:
      Tell("boot", machine);
      if (machine.on) Boot(machine);
      break;
    case 1:
      Tell("rebuild", machine);
      if (machine.on) Rebuild(machine);
      break;
    case 2: {
      std::string name = SomeName();
      Tell("rename to " + name + ":", machine);
      machine.seat.report.claims.host_name = name;
      break;
    }
    case 3: {
      if (Count() >= 9) break;
      std::string name = SomeName();
      Tell("clone as " + name + ":", machine);
      bool copied_uuid = Random(3) == 0;
      Machine& clone = Clone(machine, name);
      if (copied_uuid) {
        clone.seat.report.claims.smbios_uuid = machine.seat.report.claims.smbios_uuid;
        story_ += " with its UUID";
      }
      causes_ += Count();  // whoever holds the key
      break;
    }
    case 4:
      Tell("new hardware under", machine);
      if (machine.on) NewHardware(machine);
      break;
    case 5:
      Tell("recreate", machine);
      if (!machine.on) break;
      NewHardware(machine);
      Rebuild(machine);
      break;
    case 6:
      Tell("goodbye of", machine);
      if (machine.on) PowerOff(machine, true);
      break;
    case 7:
      Tell("power cut of", machine);
      PowerOff(machine, false);
      break;
    case 8:
      Tell("power on", machine);
      PowerOn(machine);
      break;
    case 9: {
      if (Count() >= 9) break;
      std::string name = SomeName();
      Machine& fresh = Add(name, Random(2) == 0);
      Tell("new machine", fresh);
      break;
    }
    case 10:
      if (Count() <= 3) break;
      Tell("destroy", machine);
      machines_.remove_if([&](const Machine& other) { return &other == &machine; });
      break;
  }
  causes_ += 2;
}

void IdentityHistory::ExpectOneDesktopEach(const std::string& when) {
  std::set<std::string> desktops;
  int on = 0;
  for (const auto& machine : machines_) {
    if (!machine.on) continue;
    ++on;
    EXPECT_TRUE(desktops.insert(machine.desktop).second)
        << when << ": " << machine.seat.report.claims.host_name
        << " shares its desktop with another machine" << story_;
    EXPECT_EQ(DesktopOf(machine).desktop.presence, Presence::kLive) << when << story_;
  }
  EXPECT_EQ(Desktops(Presence::kLive).size(), static_cast<std::size_t>(on)) << when << story_;
}

TEST_P(IdentityHistory, EndsWithOneDesktopForEachMachine) {
  random_.seed(static_cast<unsigned>(GetParam()));
  for (int i = 1; i <= 4; ++i) Add("fin-0" + std::to_string(i), i % 2 == 0);
  Ticks(2);
  for (int event = 0; event < kEvents; ++event) {
    Happen();
    Ticks(Random(3));
  }
  causes_ += 4;
  Ticks(kTicksToSettle);
  ExpectOneDesktopEach("settled");
  EXPECT_LE(enrolments_, causes_ + Count() * 2) << story_;

  int enrolments = enrolments_;
  Ticks(4);
  EXPECT_EQ(enrolments_, enrolments) << "somebody enrols again and again" << story_;

  clock_.Advance(Seconds(31 * 86400));
  ASSERT_TRUE(collector_->SweepNow());  // what is live turns stale
  Ticks(2);                             // what is stale and gone retires
  ExpectOneDesktopEach("a month later");
  EXPECT_EQ(Desktops().size(), Desktops(Presence::kLive).size()) << "ghosts" << story_;
}

// VDIWATCH_HISTORIES: how many, for a long run.
int Histories() {
  const char* wanted = std::getenv("VDIWATCH_HISTORIES");
  return wanted ? std::atoi(wanted) : 16;
}

INSTANTIATE_TEST_SUITE_P(Random, IdentityHistory, testing::Range(1, Histories() + 1));

}  // namespace
}  // namespace vdiwatch::collector
