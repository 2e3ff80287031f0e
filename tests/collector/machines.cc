#include "tests/collector/machines.h"

#include <algorithm>

namespace vdiwatch::collector {

MachinesTest::MachinesTest() {
  wide_token_ = *CreateEnrolToken(*database_.store,
                                  {.pool = "finance",
                                   .expires_at = clock_.Now() + Seconds(86400 * 365),
                                   .max_uses = 0,
                                   .cidr = "",
                                   .note = ""},
                                  clock_.Now());
}

void MachinesTest::NewIds(Claims& claims) {
  std::string id = Hex(RandomBytes(6));
  claims.smbios_uuid = "4c4c4544-0042-3510-8054-" + id;
  claims.mac_digests = {"m" + id};
}

Machine& MachinesTest::Add(const std::string& host, bool keeps_disk) {
  Machine& machine = machines_.emplace_back();
  machine.seat = NewSeat(host);
  NewIds(machine.seat.report.claims);
  machine.keeps_disk = keeps_disk;
  machine.seat.Reset(NewBoot(), clock_.Now());
  return machine;
}

Machine& MachinesTest::Clone(const Machine& original, const std::string& host) {
  Machine& machine = machines_.emplace_back(original);
  NewIds(machine.seat.report.claims);
  machine.seat.report.claims.host_name = host;
  machine.on = true;
  machine.desktop.clear();
  machine.seat.Reboot(NewBoot());
  ++machine.seat.report.canary.boots;
  return machine;
}

void MachinesTest::Boot(Machine& machine) {
  if (!machine.keeps_disk) return Rebuild(machine);
  machine.seat.Reboot(NewBoot());
  ++machine.seat.report.canary.boots;
}

void MachinesTest::Rebuild(Machine& machine) {
  machine.seat.Reset(NewBoot(), clock_.Now());
  machine.enrolled = false;
  machine.gave_up.clear();
}

void MachinesTest::NewHardware(Machine& machine) {
  Boot(machine);
  NewIds(machine.seat.report.claims);
}

void MachinesTest::PowerOff(Machine& machine, bool goodbye) {
  if (goodbye && machine.enrolled) Tell(machine, true);
  machine.on = false;
}

void MachinesTest::PowerOn(Machine& machine) {
  if (machine.on) return;
  machine.on = true;
  Boot(machine);
}

void MachinesTest::NewKey(Machine& machine) {
  Canary canary = machine.seat.report.canary;
  std::string boot = machine.seat.report.boot_id;
  machine.seat.Reset(boot, clock_.Now());
  machine.seat.report.canary = canary;
  machine.enrolled = false;
}

bool MachinesTest::EnrolNow(Machine& machine) {
  const auto& report = machine.seat.report;
  Response response =
      Post("/v1/enrol",
           ToJson(EnrolRequest{machine.seat.csr, report.claims, report.boot_id, machine.gave_up}),
           wide_token_, "");
  ++enrolments_;
  if (response.status == 409) NewKey(machine);
  EXPECT_TRUE(response.status == 200 || response.status == 409) << response.body;
  if (response.status != 200) return false;
  machine.gave_up.clear();
  machine.enrolled = true;
  return true;
}

std::optional<CheckInResponse> MachinesTest::Tell(Machine& machine, bool goodbye) {
  Seat& seat = machine.seat;
  CheckInResponse answer;
  seat.report.goodbye = goodbye;
  for (int turn = 0; turn < 2; ++turn) {
    ++seat.report.sequence;
    seat.report.sent_at = clock_.Now();
    seat.report.facts_digest = FactSetDigest(seat.facts);
    Response response = Post("/v1/check-in", ToJson(seat.report), "", seat.key);
    EXPECT_EQ(response.status, 200) << response.body;
    if (response.status != 200) return std::nullopt;
    answer = *ParseCheckInResponse(response.body);
    seat.report.facts.reset();
    if (answer.need != std::vector<std::string>{"facts"}) break;
    seat.report.facts = seat.facts;
  }
  seat.report.goodbye = false;
  return answer;
}

void MachinesTest::Speak(Machine& machine) {
  if (!machine.enrolled && !EnrolNow(machine)) return;
  auto answer = Tell(machine);
  if (answer && answer->need == std::vector<std::string>{"enrol"}) {
    machine.gave_up = Hex(machine.seat.key);
    NewKey(machine);
    if (!EnrolNow(machine)) return;
    answer = Tell(machine);
  }
  if (answer) machine.desktop = answer->desktop;
}

void MachinesTest::Tick() {
  clock_.Advance(Seconds(900));
  std::vector<Machine*> order;
  for (auto& machine : machines_) order.push_back(&machine);
  std::shuffle(order.begin(), order.end(), random_);
  for (Machine* machine : order) {
    if (machine->on) Speak(*machine);
  }
  ASSERT_TRUE(collector_->SweepNow());
}

void MachinesTest::Ticks(int count) {
  for (int i = 0; i < count; ++i) Tick();
}

std::vector<DesktopSummary> MachinesTest::Desktops(std::optional<Presence> presence) {
  DesktopFilter filter;
  filter.presence = presence;
  filter.limit = 1000;
  return *database_.reader->Desktops(filter);
}

DesktopSummary MachinesTest::DesktopOf(const Machine& machine) {
  return *database_.reader->DesktopById(*ParseIdText(machine.desktop));
}

}  // namespace vdiwatch::collector
