#include "server/app.h"

#include <fmt/format.h>

#include "base/file.h"
#include "collector/ca_files.h"
#include "collector/ca_rotation.h"
#include "collector/store/access_store.h"
#include "server/answer.h"
#include "server/health.h"
#include "server/listener.h"
#include "server/metrics.h"
#include "server/people_certificate.h"
#include "server/policy_source.h"

namespace vdiwatch::server {
namespace {

// The agents' certificate is made anew at each start; agents trust the CA behind it.
constexpr Seconds kAgentsCertificateLifetime{397 * 86'400};

Result<Time> EndOf(const std::filesystem::path& certificate) {
  ASSIGN_OR_RETURN(const std::string pem, ReadFile(certificate, 1 << 20));
  ASSIGN_OR_RETURN(const auto chain, collector::ReadCertificates(pem, certificate.string()));
  return collector::ToTime(X509_get0_notAfter(chain.front().get()));
}

// The members stand in the order of their start, so they stop in the reverse one.
class Daemon : public App {
 public:
  Daemon(Config config, const Clock& clock, Log& log)
      : config_(std::move(config)), clock_(clock), log_(log) {}

  // The whole composition, on purpose in one straight line.
  Result<void> Build(std::span<const Asset> assets) {
    ASSIGN_OR_RETURN(database_, OpenStore(config_));
    ASSIGN_OR_RETURN(auto ca, OpenCa(config_, clock_.Now()));
    ca_.emplace(std::move(ca));
    RETURN_IF_ERROR(collector::NoteRotationInUse(config_.ca_dir(), clock_.Now()));

    ASSIGN_OR_RETURN(FirstPolicy first, FindFirstPolicy(config_, *database_.reader));
    ASSIGN_OR_RETURN(collector_,
                     collector::Collector::Start({.check_in_every = config_.agents.check_in_every,
                                                  .keep_history = config_.keep_history},
                                                 database_.store, *ca_, std::move(first.read.set),
                                                 std::move(first.read.text), clock_, log_));
    policy_ = std::make_unique<PolicySource>(config_, *collector_, std::move(first.seen),
                                             std::move(first.problem), clock_, log_);

    ASSIGN_OR_RETURN(
        const auto agents_certificate,
        ca_->IssueServer(config_.agents.names, clock_.Now(), kAgentsCertificateLifetime));
    ASSIGN_OR_RETURN(front_, collector::Front::Start(
                                 {.address = config_.agents.listen.address,
                                  .port = config_.agents.listen.port,
                                  .certificate_pem = agents_certificate.certificate +
                                                     ca_->certificate(),  // for agents with a pin
                                  .key_pem = agents_certificate.key,
                                  .client_ca_pem = ca_->bundle()},
                                 *collector_, log_));

    access_ = std::make_unique<Access>(*database_.access, clock_, log_);
    services_ = std::make_unique<Services>(
        Services{*database_.store, *database_.reader, *database_.access, *access_,
                 [this] { return policy_->status(); }, clock_, log_, config_.agents.check_in_every,
                 config_.built_in_pack, ca_->pins()});
    ASSIGN_OR_RETURN(const auto certificate, PeopleCertificate(config_, *ca_, clock_.Now()));
    ASSIGN_OR_RETURN(const Time people_end, EndOf(certificate.certificate));
    BuildWatch({{"agents_listener", clock_.Now() + kAgentsCertificateLifetime},
                {"people_listener", people_end}});
    ASSIGN_OR_RETURN(listener_, Listener::Start(
                                    {.listen = config_.people.listen,
                                     .certificate = certificate.certificate,
                                     .key = certificate.key,
                                     .max_body_bytes = &MaxBodyBytes},
                                    [this, assets](const HttpRequest& request) {
                                      return Answer(*services_, assets, request);
                                    },
                                    log_));
    return {};
  }

  // What tells others how this daemon fares.
  void BuildWatch(std::vector<std::pair<std::string, Time>> certificates) {
    const auto policy = [this] { return policy_->status(); };
    const auto alerting = []() -> Result<AlertingStatus> { return AlertingStatus(); };
    metrics_ = std::make_unique<Metrics>(
        MetricsParts{database_, policy, alerting, [this] { return front_->counters(); },
                     config_.data_dir, config_.ca_dir(), certificates, config_.metrics_open});
    health_ = std::make_unique<Health>(
        HealthParts{database_, policy, [this] { return collector_->silent_for(); }, alerting,
                    config_.data_dir, config_.ca_dir(), std::move(certificates), clock_, log_});
    services_->metrics = metrics_.get();
    services_->health = health_.get();
    services_->feed = database_.feed.get();
  }

  std::uint16_t agents_port() const override { return front_->port(); }
  std::uint16_t people_port() const override { return listener_->port(); }
  collector::Collector& collector() override { return *collector_; }
  const collector::Database& database() const override { return database_; }
  void RefreshPolicy() override { policy_->Refresh(); }

 private:
  const Config config_;
  const Clock& clock_;
  Log& log_;
  collector::Database database_;
  std::optional<collector::Ca> ca_;
  std::unique_ptr<collector::Collector> collector_;
  std::unique_ptr<PolicySource> policy_;
  std::unique_ptr<collector::Front> front_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace

Result<collector::Database> OpenStore(const Config& config) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(config.data_dir, ignored)) {
    return NotFound(fmt::format("data_dir {} does not exist; `vdiwatch init` makes it",
                                config.data_dir.string()));
  }
  if (config.store.engine == StoreConfig::Engine::kPostgres) {
    return collector::OpenPostgres(config.store.postgres);
  }
  return collector::OpenSqlite(config.store_file());
}

Result<std::string> CaPassphrase(const Config& config) {
  if (config.ca_key_passphrase_file.empty()) return std::string();
  return collector::ReadPassphrase(config.ca_key_passphrase_file);
}

Result<collector::Ca> OpenCa(const Config& config, Time now) {
  ASSIGN_OR_RETURN(const std::string passphrase, CaPassphrase(config));
  return collector::Ca::OpenOrCreate(config.ca_dir(), now, passphrase);
}

Result<std::unique_ptr<App>> App::Start(const Config& config, std::span<const Asset> assets,
                                        const Clock& clock, Log& log) {
  auto daemon = std::make_unique<Daemon>(config, clock, log);
  RETURN_IF_ERROR(daemon->Build(assets));
  return std::unique_ptr<App>(std::move(daemon));
}

}  // namespace vdiwatch::server
