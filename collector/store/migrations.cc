#include "collector/store/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "collector/store/first_schema.h"

namespace vdiwatch::collector {
namespace {

// One step: what both engines run, and then what each of them says in its own words.
struct Step {
  const char* both;
  const char* sqlite;
  const char* postgres;
};

// A JSON array of the ids of the waivers that name the profile's desktops; NULL if none does.
constexpr const char* kSchema2 = "ALTER TABLE profile ADD COLUMN waivers TEXT";

// A boot that an incarnation left does not come back, unless its key lives on two machines.
constexpr const char* kPastBoots = R"sql(
ALTER TABLE incarnation ADD COLUMN past_boots TEXT;
)sql";

// Entries older than a year may be forgotten, younger ones may not.
constexpr const char* kForgetAuditOfSqlite = R"sql(
DROP TRIGGER audit_is_never_deleted;
CREATE TRIGGER audit_is_kept_for_a_year BEFORE DELETE ON audit
  WHEN OLD.at > (SELECT at FROM audit ORDER BY id DESC LIMIT 1) - 31622400
  BEGIN SELECT RAISE(ABORT, 'the audit log keeps a year'); END;
)sql";
constexpr const char* kForgetAuditOfPostgres = R"sql(
DROP TRIGGER audit_is_never_changed ON audit;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR TRUNCATE ON audit
  EXECUTE FUNCTION audit_is_append_only();
CREATE FUNCTION audit_keeps_a_year() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN
    IF OLD.at > (SELECT at FROM audit ORDER BY id DESC LIMIT 1) - 31622400 THEN
      RAISE integrity_constraint_violation USING MESSAGE = 'the audit log keeps a year';
    END IF;
    RETURN OLD;
  END$$;
CREATE TRIGGER audit_is_kept_for_a_year BEFORE DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION audit_keeps_a_year();
)sql";

// Since when the shares of rules with thresholds of their own wait: a JSON object, rule id ->
// seconds; pending_since is the pool's own share. What was seen of which came first on a desktop,
// Docker Desktop or nested virtualization (policy/install_order.h).
constexpr const char* kWaits = R"sql(
ALTER TABLE pool ADD COLUMN pending_rules TEXT;
ALTER TABLE desktop ADD COLUMN install_order TEXT;
)sql";

// Alerts, the outbox of their notices, and the messages that were made of those. An alert without
// opened_at waits for its hold; one with resolved_at is history.
constexpr const char* kAlerts = R"sql(
CREATE TABLE alert (
  id INTEGER PRIMARY KEY,
  pool_id INTEGER REFERENCES pool (id),
  cause TEXT NOT NULL,
  since INTEGER NOT NULL,
  opened_at INTEGER,
  gone_since INTEGER,
  noticed_at INTEGER NOT NULL,
  resolved_at INTEGER,
  detail TEXT NOT NULL
);
CREATE UNIQUE INDEX alert_once ON alert (coalesce(pool_id, 0), cause) WHERE resolved_at IS NULL;
CREATE INDEX alert_by_since ON alert (since, id) WHERE opened_at IS NOT NULL;
CREATE INDEX alert_by_pool ON alert (pool_id, since, id) WHERE opened_at IS NOT NULL;
CREATE TABLE alert_notice (
  id INTEGER PRIMARY KEY,
  alert_id INTEGER NOT NULL REFERENCES alert (id),
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  detail TEXT NOT NULL,
  routed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX alert_notice_by_alert ON alert_notice (alert_id);
CREATE INDEX alert_outbox ON alert_notice (id) WHERE routed = 0;
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  sink TEXT NOT NULL,
  state INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX delivery_due ON delivery (next_at, id) WHERE state = 0;
CREATE INDEX delivery_by_age ON delivery (created_at, id);
CREATE TABLE delivery_notice (
  delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  notice_id INTEGER NOT NULL REFERENCES alert_notice (id),
  PRIMARY KEY (delivery_id, notice_id)
);
CREATE INDEX delivery_notice_by_notice ON delivery_notice (notice_id);
CREATE TABLE delivery_attempt (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  answer TEXT NOT NULL
);
CREATE INDEX delivery_attempt_by_delivery ON delivery_attempt (delivery_id, id);
CREATE TABLE silence (
  id INTEGER PRIMARY KEY,
  matchers TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX silence_by_end ON silence (ends_at);
)sql";

// Users of a sign-in provider beside local ones, limits to pools, what a page of sessions and
// tokens shows, sign-ins under way at the provider, and ways through the audit log that are no
// scans.
constexpr const char* kAccess = R"sql(
ALTER TABLE account ADD COLUMN pools TEXT;
ALTER TABLE account ADD COLUMN subject TEXT;
ALTER TABLE account ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN last_sign_in INTEGER;
ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX account_by_subject ON account (subject) WHERE subject IS NOT NULL;
ALTER TABLE web_session ADD COLUMN remote_ip TEXT;
ALTER TABLE web_session ADD COLUMN browser TEXT;
ALTER TABLE web_session ADD COLUMN id_token TEXT;
CREATE INDEX web_session_by_account ON web_session (account);
ALTER TABLE api_token ADD COLUMN pools TEXT;
ALTER TABLE api_token ADD COLUMN owner TEXT REFERENCES account (name) ON DELETE CASCADE;
ALTER TABLE api_token ADD COLUMN last_used INTEGER;
CREATE INDEX api_token_by_owner ON api_token (owner) WHERE owner IS NOT NULL;
CREATE TABLE sign_in_attempt (
  state_hash BLOB PRIMARY KEY,
  browser_hash BLOB NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,
  return_to TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sign_in_attempt_by_end ON sign_in_attempt (expires_at);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor, at, id);
CREATE INDEX audit_by_action ON audit (action, at, id);
)sql";

// REPLACE deletes what is in its way without the triggers of DELETE.
constexpr const char* kAccessOfSqlite = R"sql(
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
  WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
)sql";

// When policy sets came into force, also again; of before, only the first time is known. Reports
// that are sent by e-mail: `due` is JSON, and one due time makes one delivery.
constexpr const char* kReports = R"sql(
CREATE TABLE policy_log (
  id INTEGER PRIMARY KEY,
  policy_id INTEGER NOT NULL REFERENCES policy_set (id),
  at INTEGER NOT NULL
);
INSERT INTO policy_log (policy_id, at) SELECT id, at FROM policy_set ORDER BY at, id;
CREATE TABLE report_schedule (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  format TEXT NOT NULL,
  sink TEXT NOT NULL,
  due TEXT NOT NULL,
  recipients TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  next_due INTEGER NOT NULL
);
CREATE TABLE report_delivery (
  id INTEGER PRIMARY KEY,
  schedule_id INTEGER NOT NULL REFERENCES report_schedule (id) ON DELETE CASCADE,
  due_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  answer TEXT NOT NULL,
  UNIQUE (schedule_id, due_at)
);
CREATE INDEX report_delivery_due ON report_delivery (next_at, id) WHERE state = 0;
)sql";

// How every pool, and all of them together, stood at the end of a day; `day` counts from 1970. What
// people search for: host names by their beginnings, and what changed since.
constexpr const char* kDays = R"sql(
CREATE TABLE pool_day (
  day INTEGER NOT NULL,
  pool_id INTEGER NOT NULL REFERENCES pool (id),
  grade INTEGER NOT NULL,
  reporting INTEGER NOT NULL,
  compliant INTEGER NOT NULL,
  conditional INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  noncompliant INTEGER NOT NULL,
  waived INTEGER NOT NULL,
  not_applicable INTEGER NOT NULL,
  PRIMARY KEY (pool_id, day)
);
CREATE INDEX pool_day_by_day ON pool_day (day);
CREATE TABLE fleet_day (
  day INTEGER NOT NULL,
  grade INTEGER NOT NULL,
  desktops INTEGER NOT NULL,
  pools INTEGER NOT NULL,
  reporting INTEGER NOT NULL,
  PRIMARY KEY (day, grade)
);
CREATE INDEX pool_log_by_time ON pool_log (at, id);
CREATE INDEX desktop_by_pool_host ON desktop (pool_id, host_name) WHERE host_name IS NOT NULL;
)sql";

// What lists and counts ask of verdicts, beside their long texts.
constexpr const char* kStandings = R"sql(
CREATE INDEX profile_verdict_standing ON profile_verdict (profile_id, grade, policy_id, valid_until);
)sql";

// Keys of the daemons over this database, which one of them makes where it is not there yet.
constexpr const char* kServerKeys = R"sql(
CREATE TABLE server_key (
  name TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
);
)sql";

// Append only: step n leads from schema n to n + 1, and is never changed once it was released.
constexpr Step kSteps[] = {{kSchema1, kSchema1OfSqlite, kSchema1OfPostgres},
                           {kSchema2, "", ""},
                           {kPastBoots, "", ""},
                           {"", kForgetAuditOfSqlite, kForgetAuditOfPostgres},
                           {kWaits, "", ""},
                           {kAlerts, "", ""},
                           {kAccess, kAccessOfSqlite, ""},
                           {kReports, "", ""},
                           {kDays, "", ""},
                           {kStandings, "", ""},
                           {kServerKeys, "", ""}};

// Text is compared byte by byte, as SQLite does, so that pages have one order on both engines and a
// new version of the C library cannot break an index. Longer words stand before their beginnings.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {" id INTEGER PRIMARY KEY", " id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"},
    {" INTEGER", " BIGINT"},
    {" BLOB", " BYTEA"},
    {" TEXT", " TEXT COLLATE \"C\""},
};

std::string InPostgresTypes(std::string_view script) {
  std::string text;
  while (!script.empty()) {
    auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                             [&](const auto& t) { return script.starts_with(t.first); });
    bool found = type != std::end(kTypes);
    text += found ? type->second : script.substr(0, 1);
    script.remove_prefix(found ? type->first.size() : 1);
  }
  return text;
}

}  // namespace

int NewestSchema() { return static_cast<int>(std::size(kSteps)); }

std::string SqliteStep(std::int64_t schema) {
  const Step& step = kSteps[static_cast<std::size_t>(schema)];
  return std::string(step.both) + step.sqlite;
}

std::string PostgresStep(std::int64_t schema) {
  const Step& step = kSteps[static_cast<std::size_t>(schema)];
  return InPostgresTypes(step.both) + step.postgres;
}

Error AnotherPrograms(std::string_view where) {
  return Invalid(fmt::format("{}: a database of another program, not vdiwatch's", where));
}

Error TooNew(std::string_view where, std::int64_t schema) {
  return Conflict(fmt::format("{}: written by a newer vdiwatch (schema {}, this one knows {})",
                              where, schema, NewestSchema()));
}

}  // namespace vdiwatch::collector
