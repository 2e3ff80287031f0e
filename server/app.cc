#include "server/app.h"

#include <fmt/format.h>

#include <atomic>

#include "base/digest.h"
#include "base/file.h"
#include "collector/ca_files.h"
#include "collector/ca_rotation.h"
#include "collector/store/access_store.h"
#include "server/alert/fleet_watch.h"
#include "server/alert_source.h"
#include "server/alerting_status.h"
#include "server/answer.h"
#include "server/health.h"
#include "server/listener.h"
#include "server/metrics.h"
#include "server/people_certificate.h"
#include "server/policy_source.h"
#include "server/read_ahead.h"
#include "server/report_mailer.h"
#include "server/sign_in/oidc.h"
#include "server/system.h"
#include "server/verdict_index.h"

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
    started_at_ = clock_.Now();
    ASSIGN_OR_RETURN(database_, OpenStore(config_));
    ASSIGN_OR_RETURN(auto ca, OpenCa(config_, clock_.Now()));
    ca_.emplace(std::move(ca));
    RETURN_IF_ERROR(collector::NoteRotationInUse(config_.ca_dir(), clock_.Now()));

    ASSIGN_OR_RETURN(FirstPolicy first, FindFirstPolicy(config_, *database_.reader));
    ASSIGN_OR_RETURN(collector_, collector::Collector::Start(
                                     {.check_in_every = config_.agents.check_in_every,
                                      .keep_history = config_.keep_history,
                                      .trends = database_.trends,
                                      .alert_timings = FirstAlertTimings(config_, clock_)},
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

    desk_ = std::make_unique<alert::Desk>(
        alert::DeskParts{*database_.alerts, [this] { return News(); }, &Jitter, clock_, log_});
    alerts_ = std::make_unique<AlertSource>(config_, *desk_, *collector_, clock_, log_);
    desk_->Start();
    mailer_ = StartReportMailer(
        database_, *desk_, [this] { return policy_->status(); }, config_.keep_history, clock_,
        log_);

    AccessOptions access_options;
    if (config_.oidc) {
      access_options.passwords = config_.oidc->password_sign_in;
      ASSIGN_OR_RETURN(oidc_, Oidc::Make(*config_.oidc, *database_.access, clock_));
    }
    access_ = std::make_unique<Access>(*database_.access, clock_, log_, access_options);
    services_ = std::make_unique<Services>(
        Services{*database_.store, *database_.reader, *database_.access, *access_,
                 [this] { return policy_->status(); }, clock_, log_, config_.agents.check_in_every,
                 config_.built_in_pack, ca_->pins(), database_.alerts.get(), desk_.get()});
    services_->past = database_.past.get();
    services_->reports = database_.reports.get();
    services_->mailer = mailer_.get();
    services_->keep_history = config_.keep_history;
    services_->oidc = oidc_.get();
    verdicts_ = std::make_unique<VerdictIndex>(*database_.index);
    read_ahead_ = std::make_unique<ReadAhead>(*verdicts_, *database_.trends, clock_);
    services_->trends = database_.trends.get();
    services_->index = database_.index.get();
    services_->verdicts = verdicts_.get();
    services_->system = [this] { return GatherSystemFacts(); };
    ASSIGN_OR_RETURN(const auto certificate, PeopleCertificate(config_, *ca_, clock_.Now()));
    people_certificate_ = certificate.certificate;
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
    people_port_ = listener_->port();
    return {};
  }

  // At each question, since a rotation may have begun and a certificate been renewed meanwhile.
  Result<SystemFacts> GatherSystemFacts() {
    SystemFacts facts = {.started_at = started_at_,
                         .agents = {config_.agents.listen.address, front_->port()},
                         .people = {config_.people.listen.address, people_port_},
                         .certificates = {{"agents", config_.agents.names.front(),
                                           started_at_ + kAgentsCertificateLifetime}},
                         .data_dir = config_.data_dir.string(),
                         .policy_dir = config_.policy_dir.string(),
                         .keep_history = config_.keep_history};
    ASSIGN_OR_RETURN(auto people, ReadCertificateEnd("people", people_certificate_));
    facts.certificates.push_back(std::move(people));
    ASSIGN_OR_RETURN(const auto authorities, collector::ListAuthorities(config_.ca_dir()));
    for (const collector::AuthorityInfo& authority : authorities) {
      facts.certificates.push_back(
          {authority.role + " authority", authority.name, authority.not_after});
    }
    return facts;
  }

  // What tells others how this daemon fares.
  void BuildWatch(std::vector<std::pair<std::string, Time>> certificates) {
    const auto policy = [this] { return policy_->status(); };
    const auto alerting = [this] { return AlertingStatusOf(*desk_); };
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
  void RefreshAlerts(bool asked) override {
    alerts_->Refresh(asked);
    auto sinks = desk_->Sinks();
    if (!sinks) return log_.Error("sinks: {}", sinks.error().message);
    const alert::FleetState state{policy_->status().problem, desk_->file().problem,
                                  *std::move(sinks)};
    const auto looked =
        alert::LookAtFleet(*database_.alerts, state, desk_->config()->timings, clock_.Now());
    if (!looked) log_.Error("alerts of the fleet: {}", looked.error().message);
  }

 private:
  // What may have brought alerts about: the set in force, unless it is the first one.
  alert::PolicyNews News() {
    const auto set = collector_->policy();
    const auto sets = database_.reader->PolicySets(2);
    if (!sets || sets->size() < 2 || sets->front().digest != set->digest) return {};
    std::string packs;
    for (const policy::Pack& pack : set->packs) {
      packs += fmt::format("{}{} {}", packs.empty() ? "" : ", ", pack.name, pack.version);
    }
    const Time at = sets->front().at;
    return {at, fmt::format("The policy {} came into force at {}", packs, FormatTime(at))};
  }

  // From 0.5 to 1.
  static double Jitter() {
    return 0.5 + static_cast<double>(static_cast<unsigned char>(RandomBytes(1)[0])) / 510.0;
  }

  const Config config_;
  const Clock& clock_;
  Log& log_;
  collector::Database database_;
  std::optional<collector::Ca> ca_;
  std::unique_ptr<collector::Collector> collector_;
  std::unique_ptr<PolicySource> policy_;
  std::unique_ptr<collector::Front> front_;
  std::unique_ptr<alert::Desk> desk_;
  std::unique_ptr<AlertSource> alerts_;
  std::unique_ptr<compliance::Mailer> mailer_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<Oidc> oidc_;
  std::unique_ptr<VerdictIndex> verdicts_;
  std::unique_ptr<ReadAhead> read_ahead_;
  Time started_at_{};
  std::filesystem::path people_certificate_;
  std::atomic<std::uint16_t> people_port_{0};  // known once people are listened to
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
