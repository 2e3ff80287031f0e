#pragma once

#include <list>
#include <random>
#include <string>
#include <vector>

#include "tests/collector/collector_fixture.h"

namespace vdiwatch::collector {

// A machine as it is, whatever the collector believes; its agent behaves as ours does.
struct Machine {
  Seat seat;  // what its disk holds (key, canary) and what it says of itself
  bool enrolled = false;
  bool keeps_disk = true;
  bool on = true;
  std::string gave_up;  // name of the key that it was told to give up
  std::string desktop;  // that it was last told to be
};

// Machines over a real collector, and what may happen to them.
class MachinesTest : public CollectorTest {
 protected:
  MachinesTest();

  Machine& Add(const std::string& host, bool keeps_disk = true);
  // A copy of its disk on hardware of its own.
  Machine& Clone(const Machine& original, const std::string& host);
  void Boot(Machine& machine);
  void Rebuild(Machine& machine);      // an empty disk
  void NewHardware(Machine& machine);  // another virtual machine under the same disk
  void PowerOff(Machine& machine, bool goodbye);
  void PowerOn(Machine& machine);

  // One exchange: enrols if it must, reports, and once more if it is told to enrol anew.
  void Speak(Machine& machine);
  // A quarter of an hour in which everybody who is on speaks, in some order.
  void Tick();
  void Ticks(int count);

  std::vector<DesktopSummary> Desktops(std::optional<Presence> presence = {});
  DesktopSummary DesktopOf(const Machine& machine);
  int Random(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string wide_token_;  // for the pool `finance`, without limits
  std::list<Machine> machines_;
  std::mt19937 random_{1};
  int enrolments_ = 0;

 private:
  bool EnrolNow(Machine& machine);
  std::optional<CheckInResponse> Tell(Machine& machine, bool goodbye = false);
  void NewKey(Machine& machine);
  std::string NewBoot() { return "boot-" + std::to_string(++boots_); }
  void NewIds(Claims& claims);

  int boots_ = 0;
};

}  // namespace vdiwatch::collector
