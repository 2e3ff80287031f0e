#pragma once

#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// The service control manager, held open to be asked for several services.
class ServiceStates {
 public:
  ServiceStates();
  ~ServiceStates();
  ServiceStates(const ServiceStates&) = delete;
  ServiceStates& operator=(const ServiceStates&) = delete;

  // State and start of a service; `absent` if there is none of that name. Who may not see how it
  // starts is told its state alone.
  Reading Read(std::string_view service) const;

 private:
  void* control_;
  MissingReading why_;
};

}  // namespace vdiwatch::agent
