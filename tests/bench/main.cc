#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "agent/usage.h"
#include "base/text.h"
#include "tests/bench/measure.h"
#include "tests/bench/relay.h"

namespace vdiwatch::bench {
namespace {

struct Arguments {
  int runs = 7;
  std::vector<std::string> commands;  // NAME=PROGRAM WORD…
  std::uint16_t port = 0;
  int connections = 0;
};

struct Row {
  std::string name;
  std::vector<std::string> command;
  std::vector<double> cpu_ms, elapsed_ms, peak_kib;
};

Result<Row> RowFrom(const std::string& text) {
  std::size_t equals = text.find('=');
  if (equals == std::string::npos) return Invalid("'" + text + "' is no NAME=COMMAND");
  Row row{.name = text.substr(0, equals),
          .command = {},
          .cpu_ms = {},
          .elapsed_ms = {},
          .peak_kib = {}};
  const std::string command = text.substr(equals + 1);
  for (std::string_view word : Split(command, ' ')) {
    if (!word.empty()) row.command.emplace_back(word);
  }
  if (row.command.empty()) return Invalid("'" + text + "' names no program");
  return row;
}

Result<void> RunRow(Row& row, int round) {
  ASSIGN_OR_RETURN(Usage usage, RunOnce(row.command));
  if (round == 0) return {};  // warms the caches
  row.cpu_ms.push_back(usage.cpu_ms);
  row.elapsed_ms.push_back(usage.elapsed_ms);
  row.peak_kib.push_back(static_cast<double>(usage.peak_kib));
  fmt::print("run {} {} cpu_ms={:.2f} elapsed_ms={:.2f} peak_kib={} exit={}\n", round, row.name,
             usage.cpu_ms, usage.elapsed_ms, usage.peak_kib, usage.exit_code);
  return {};
}

// The programs take turns, so that whatever else the machine does befalls all of them.
Result<void> Compare(const Arguments& arguments) {
  std::vector<Row> rows;
  for (const std::string& text : arguments.commands) {
    ASSIGN_OR_RETURN(Row row, RowFrom(text));
    rows.push_back(std::move(row));
  }
  for (int round = 0; round <= arguments.runs; ++round) {
    for (Row& row : rows) RETURN_IF_ERROR(RunRow(row, round));
  }
  for (const Row& row : rows) {
    fmt::print("median {} cpu_ms={:.2f} elapsed_ms={:.2f} peak_kib={:.0f}\n", row.name,
               Median(row.cpu_ms), Median(row.elapsed_ms), Median(row.peak_kib));
  }
  return {};
}

// One line a connection, as soon as it is closed.
Result<void> CountBytes(const Arguments& arguments) {
  int left = arguments.connections;
  auto print = [](const std::string& line) {
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
  };
  return Relay(
      arguments.port, [&](std::uint16_t port) { print(fmt::format("listening {}\n", port)); },
      [&](const Traffic& seen) {
        print(fmt::format("connection up={} down={} segments_up={} segments_down={}\n",
                          seen.up_bytes, seen.down_bytes, seen.up_segments, seen.down_segments));
        return --left != 0;
      });
}

int Main(int argc, char** argv) {
  CLI::App app{"Measures programs; tests/bench/agent and docs/benchmarks.md say how.",
               "vdiwatch-bench"};
  app.require_subcommand(1);
  Arguments arguments;
  auto* compare = app.add_subcommand("compare", "CPU time and peak memory of programs, in turns");
  compare->add_option("--runs", arguments.runs, "Runs of each")->check(CLI::Range(1, 1000));
  compare->add_option("commands", arguments.commands, "NAME=PROGRAM WORD…")->required();
  auto* relay = app.add_subcommand("relay", "Pass connections on, and count what they move");
  relay->add_option("--to", arguments.port, "Port of loopback to pass on to")->required();
  relay->add_option("--connections", arguments.connections, "End after that many; 0: never");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return agent::EndUsage(app, error);
  }
  auto done = compare->parsed() ? Compare(arguments) : CountBytes(arguments);
  if (done) return 0;
  std::fprintf(stderr, "vdiwatch-bench: %s\n", done.error().message.c_str());
  return ExitCode(done.error().kind);
}

}  // namespace
}  // namespace vdiwatch::bench

int main(int argc, char** argv) { return vdiwatch::bench::Main(argc, argv); }
