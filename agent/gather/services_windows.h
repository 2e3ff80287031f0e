#pragma once

#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// The service control manager, held open to be asked for several services.
class ServiceManager {
 public:
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // State and start of a service; `absent` if there is none of that name. Who may not see how it
  // starts is told its state alone.
  Reading Read(std::string_view service) const;

 private:
  void* manager_;
  MissingReading why_;
};

}  // namespace vdiwatch::agent
