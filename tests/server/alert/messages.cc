#include "tests/server/alert/messages.h"

namespace vdiwatch::server::alert {

AlertLine AwkwardLine() {
  AlertLine line;
  line.id = "00000000000000bb";
  line.name = "NonPersistentPool";
  line.cause = "persistent-desktop";
  line.pool = R"(fin "Zürich" [a] \ b)";
  line.rule = "persistent-desktop";
  line.severity = "critical";
  line.grade = "noncompliant";
  line.desktops = 38;
  line.of = 40;
  line.text =
      "38 of 40 desktops: Persistenz fehlt – sie werden beim Abmelden zurückgesetzt.\nreally";
  line.remediation = "Make the pool persistent.";
  line.attributes = {{"site", "Zürich]"}, {"cost centre", "4=711"}};
  line.url = "https://vdiwatch.corp.example:7444/pools/fin";
  line.since = FromUnix(1'795'000'000);
  line.opened_at = FromUnix(1'795'000'600);
  line.at = FromUnix(1'795'000'600);
  return line;
}

Message AwkwardMessage() {
  Message message;
  message.id = "00000000000000aa";
  message.alerts = {AwkwardLine()};
  message.at = FromUnix(1'795'000'600);
  return message;
}

std::unique_ptr<Sink> ReadSink(SinkReader reader, const std::string& yaml,
                               const std::filesystem::path& directory, std::string& problems) {
  static const SystemClock clock;
  std::vector<Diagnostic> diagnostics;
  const auto documents = ParseYaml(yaml, "alerts.yaml", diagnostics);
  EXPECT_EQ(documents.size(), 1u) << yaml;
  SinkReading reading{"alerts.yaml", directory, diagnostics, "", clock};
  auto sink = documents.empty() ? nullptr : reader(documents[0], reading);
  for (const Diagnostic& diagnostic : diagnostics) problems += ToString(diagnostic) + "\n";
  return sink;
}

}  // namespace vdiwatch::server::alert
