#include "server/alerting_status.h"

#include "server/alert/desk.h"

namespace vdiwatch::server {
namespace {

SinkFigures FiguresOf(const alert::SinkStatus& sink) {
  SinkFigures figures;
  figures.name = sink.name;
  figures.kind = sink.kind;
  figures.failing = sink.state == "failing" || sink.state == "disabled";
  figures.waiting = sink.record.waiting;
  figures.sent = sink.record.sent;
  figures.failed = sink.record.failed;
  figures.dropped = sink.record.dropped;
  if (sink.record.last_success) figures.last_success = sink.record.last_success->at;
  figures.beats_every = sink.beats_every;
  if (sink.heartbeat && sink.heartbeat->delivered) figures.last_heartbeat = sink.heartbeat->at;
  return figures;
}

}  // namespace

Result<AlertingStatus> AlertingStatusOf(const alert::Desk& desk) {
  ASSIGN_OR_RETURN(const auto sinks, desk.Sinks());
  AlertingStatus status;
  status.file_refused = !desk.file().problem.empty();
  for (const alert::SinkStatus& sink : sinks) status.sinks.push_back(FiguresOf(sink));
  return status;
}

}  // namespace vdiwatch::server
