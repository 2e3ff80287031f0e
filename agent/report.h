#pragma once

#include <string>
#include <string_view>

#include "agent/evidence.h"
#include "agent/gather/plan.h"
#include "report/messages.h"

namespace vdiwatch::agent {

// One look at a machine: all that a check-in tells, before it is addressed to anybody.
struct Observation {
  std::string os;
  Facts facts;
  Json readings = Json::object();  // the decisive ones, redacted
  Claims claims;
  std::string boot_id;
  Canary canary;
};

// What the agent says about who this machine is: lower case, placeholder UUIDs left out, MAC
// addresses only as HMACs.
Claims MakeClaims(const RawClaims& raw, std::string_view fleet_key);

// The key of those HMACs: the same on every desktop that trusts the same collector, so that two
// desktops with one address are seen. It comes from the CA's public key, or its pin, which is no
// secret: it keeps addresses from being compared across fleets, not from somebody who has it.
Result<std::string> FleetKey(std::string_view ca_pem);
std::string FleetKeyOfPin(std::string_view pin);

// Evidence -> observation; pure.
Observation Observe(const Evidence& evidence, Claims claims, std::string boot_id, Canary canary);

// The check-in of this observation: digests only. Sequence and time are the sender's to set.
CheckInRequest MakeCheckIn(const Observation& seen);

// The same, with the bodies that `need` asks for.
CheckInRequest WithBodies(CheckInRequest request, const Observation& seen,
                          const std::vector<std::string>& need);

// What the collector would judge differently or show differently: two check-ins that agree here
// tell it nothing new.
std::string ContentDigest(const CheckInRequest& request);

}  // namespace vdiwatch::agent
