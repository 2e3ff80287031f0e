#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/result.h"
#include "collector/ca.h"
#include "server/config.h"

namespace vdiwatch::server {

struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

// The people's certificate: the configured one, or one of our own CA in data_dir. Ours is kept
// over restarts, so that a browser's exception lasts, and made anew once it has less than 30 days
// to go or the names or the CA changed.
Result<CertificateFiles> PeopleCertificate(const Config& config, const collector::Ca& ca, Time now);

}  // namespace vdiwatch::server
