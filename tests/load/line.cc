#include "tests/load/line.h"

namespace vdiwatch::sim {

Result<agent::HttpReply> Line::Post(std::string_view target, std::string_view body,
                                    std::string_view bearer) {
  if (!plugged_) return Unavailable("the network is not there");
  auto reply = transport_->Post(target, body, bearer);
  if (!reply) {
    ++traffic_.unanswered;
  } else if (reply->status != 200) {
    ++traffic_.refused;
  } else {
    ++(target == "/v1/enrol" ? traffic_.enrolments : traffic_.check_ins);
  }
  return reply;
}

}  // namespace vdiwatch::sim
