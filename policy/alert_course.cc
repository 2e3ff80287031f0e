#include "policy/alert_course.h"

namespace vdiwatch::policy {
namespace {

AlertStep Open(AlertCourse course, Time now) {
  course.opened_at = course.noticed_at = now;
  return {course, NoticeKind::kOpened};
}

AlertStep Waiting(AlertCourse course, Holds holds, const AlertTiming& timing, Time now) {
  if (holds == Holds::kNo) return {};
  const bool lasted = now - course.since >= timing.hold;
  if (holds == Holds::kYes && lasted) return Open(course, now);
  return {course, std::nullopt};
}

AlertStep Lasting(AlertCourse course, const AlertTiming& timing, Time now) {
  course.gone_since.reset();
  const bool due =
      timing.remind_every > Seconds(0) && now - course.noticed_at >= timing.remind_every;
  if (!due) return {course, std::nullopt};
  // On a grid from the opening on: collectors that look at different times write the same one.
  course.noticed_at += (now - course.noticed_at) / timing.remind_every * timing.remind_every;
  return {course, NoticeKind::kReminded};
}

AlertStep Going(AlertCourse course, const AlertTiming& timing, Time now) {
  if (!course.gone_since) course.gone_since = now;
  if (now - *course.gone_since >= timing.clear_hold) return {std::nullopt, NoticeKind::kResolved};
  return {course, std::nullopt};
}

}  // namespace

std::string_view ToString(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kOpened:
      return "opened";
    case NoticeKind::kReminded:
      return "reminded";
    case NoticeKind::kResolved:
      return "resolved";
  }
  return "opened";
}

AlertStep Advance(const std::optional<AlertCourse>& course, Holds holds, const AlertTiming& timing,
                  Time now) {
  if (!course) {
    if (holds != Holds::kYes) return {};
    return Waiting({.since = now, .opened_at = {}, .gone_since = {}, .noticed_at = {}}, holds,
                   timing, now);
  }
  if (!course->opened_at) return Waiting(*course, holds, timing, now);
  if (holds == Holds::kUnknown) {
    AlertCourse open = *course;
    open.gone_since.reset();  // not known to be gone any more
    return {open, std::nullopt};
  }
  return holds == Holds::kYes ? Lasting(*course, timing, now) : Going(*course, timing, now);
}

}  // namespace vdiwatch::policy
