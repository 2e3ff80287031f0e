#pragma once

#include <string>
#include <vector>

#include "collector/identify.h"

namespace vdiwatch::collector {

// One line of the table in docs/identity.md: what somebody says, what the store knows, who it is.
struct IdentifyCase {
  const char* id;
  const char* asks;   // enrolment, check-in, new name
  const char* says;   // claims, boot and key, in words
  const char* knows;  // what the store knows, in words
  Identification expect;
  const char* then;  // what comes of it
  Identified (*decide)();
};
const std::vector<IdentifyCase>& IdentifyCases();

}  // namespace vdiwatch::collector
