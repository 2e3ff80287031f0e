#include "tests/load/scenario/story.h"

#include <algorithm>

#include "agent/report.h"
#include "tests/load/windows_machine.h"

namespace vdiwatch::sim {

using Nesting = WindowsMachine::Nesting;

std::span<const Story> Stories() {
  static const std::vector<Story> kAll = [] {
    std::vector<Story> all;
    for (auto part : {ResetStories(), CloneStories(), NameStories(), RoutineStories()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return kAll;
}

void ExpectOneDesktopEach(Cast& cast, const Census& census, std::int64_t machines) {
  Protocol& protocol = cast.protocol();
  protocol.Equal("desktops in the pool", machines, census.desktops);
  protocol.Equal("ghosts (desktops without a machine)", 0, census.ghosts);
  protocol.Equal("merged (desktops with two machines)", 0, census.merged);
  protocol.Equal("machines whose newest check-in failed", 0, cast.Silent());
}

agent::Observation InstantClone() {
  WindowsMachine machine;
  machine.OnVmware(Nesting::kInUse).WithResources(4, 16).WithWsl("2.5.9.0");
  machine.WithHorizon("instant", true).WithDocker("4.44.3", "20260601", 1);
  return agent::Observe(machine.Record({}), {}, "", {});
}

agent::Observation PersistentDesktop(std::string_view docker) {
  WindowsMachine machine;
  machine.OnVmware(Nesting::kInUse).WithResources(4, 16).WithWsl("2.5.9.0");
  machine.WithHorizon("dedicated", false).WithDocker(docker, "20260302", 1);
  return agent::Observe(machine.Record({}), {}, "", {});
}

std::int64_t MostEnrolmentsPerBoot(Cast& cast) {
  std::int64_t most = 0;
  for (const auto& actor : cast.actors()) {
    const auto& diary = actor.machine->diary();
    if (diary.boots == 0) continue;
    most = std::max<std::int64_t>(most, (diary.enrolments + diary.boots - 1) / diary.boots);
  }
  return most;
}

}  // namespace vdiwatch::sim
