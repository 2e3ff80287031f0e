#pragma once

namespace vdiwatch::collector {

// The schema of the first release, never changed since; the steps of migrations.cc lead on from it.
// Numbers for states are those of columns.h. Times are seconds since 1970, digests 32 raw bytes.
// Only what both engines have: identities, foreign keys, checks, partial indexes; the types are
// SQLite's words, and kTypes says what PostgreSQL calls them.
inline constexpr const char* kSchema1 = R"sql(
-- The policy --------------------------------------------------------------------------------------
CREATE TABLE policy_set (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  files TEXT NOT NULL,
  at INTEGER NOT NULL
);

-- Pools, what was decided about them, and when it changed -----------------------------------------
CREATE TABLE pool (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  grade INTEGER,
  since INTEGER,
  pending_since INTEGER,
  reasons TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE pool_log (
  id INTEGER PRIMARY KEY,
  pool_id INTEGER NOT NULL REFERENCES pool (id),
  at INTEGER NOT NULL,
  from_grade INTEGER NOT NULL,
  to_grade INTEGER NOT NULL,
  policy_id INTEGER NOT NULL REFERENCES policy_set (id),
  reasons TEXT NOT NULL
);
CREATE INDEX pool_log_by_pool ON pool_log (pool_id, id);

-- What many desktops share, stored once -----------------------------------------------------------
CREATE TABLE fact_set (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  text TEXT NOT NULL
);
CREATE TABLE readings (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  text TEXT NOT NULL
);
CREATE TABLE state_set (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  text TEXT NOT NULL
);
CREATE TABLE profile (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  pool_id INTEGER NOT NULL REFERENCES pool (id),
  facts_id INTEGER NOT NULL REFERENCES fact_set (id),
  state TEXT NOT NULL,
  derived TEXT NOT NULL,
  UNIQUE (id, pool_id)
);
CREATE INDEX profile_by_pool ON profile (pool_id);
CREATE TABLE profile_verdict (
  profile_id INTEGER PRIMARY KEY REFERENCES profile (id),
  policy_id INTEGER NOT NULL REFERENCES policy_set (id),
  grade INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  valid_until INTEGER
);
CREATE TABLE profile_log (
  id INTEGER PRIMARY KEY,
  profile_id INTEGER NOT NULL REFERENCES profile (id),
  at INTEGER NOT NULL,
  policy_id INTEGER NOT NULL REFERENCES policy_set (id),
  grade INTEGER NOT NULL
);
CREATE INDEX profile_log_by_profile ON profile_log (profile_id, id);

-- Desktops. What is NULL was empty. A digest whose text is not stored (yet) stands in *_pending. ---
CREATE TABLE desktop (
  id INTEGER PRIMARY KEY,
  pool_id INTEGER NOT NULL REFERENCES pool (id),
  profile_id INTEGER,
  presence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  facts_id INTEGER REFERENCES fact_set (id),
  facts_pending BLOB,
  readings_id INTEGER REFERENCES readings (id),
  readings_pending BLOB,
  state_id INTEGER REFERENCES state_set (id),
  slot TEXT,
  host_name TEXT,
  smbios_uuid TEXT,
  cloud_vm_id TEXT,
  claims TEXT,
  per_desktop TEXT,
  agent_version TEXT NOT NULL,
  os TEXT NOT NULL,
  duplicate TEXT NOT NULL,
  boot_id TEXT,
  canary_id TEXT,
  canary_created_at INTEGER,
  canary_boots INTEGER,
  survived INTEGER NOT NULL,
  resets INTEGER NOT NULL,
  resets_in_a_row INTEGER NOT NULL,
  FOREIGN KEY (profile_id, pool_id) REFERENCES profile (id, pool_id)
);
CREATE INDEX desktop_by_pool ON desktop (pool_id, id);
CREATE INDEX desktop_by_silence ON desktop (pool_id, presence, last_seen);
CREATE INDEX desktop_by_profile ON desktop (profile_id, id);
CREATE INDEX desktop_away ON desktop (presence, id) WHERE presence <> 0;
CREATE INDEX desktop_by_slot ON desktop (slot) WHERE slot IS NOT NULL;
CREATE INDEX desktop_by_host ON desktop (host_name) WHERE host_name IS NOT NULL;
CREATE INDEX desktop_by_uuid ON desktop (smbios_uuid) WHERE smbios_uuid IS NOT NULL;
CREATE INDEX desktop_by_vm ON desktop (cloud_vm_id) WHERE cloud_vm_id IS NOT NULL;
CREATE TABLE desktop_log (
  id INTEGER PRIMARY KEY,
  desktop_id INTEGER NOT NULL REFERENCES desktop (id),
  at INTEGER NOT NULL,
  pool_id INTEGER NOT NULL REFERENCES pool (id),
  profile_id INTEGER REFERENCES profile (id),
  presence INTEGER NOT NULL
);
CREATE INDEX desktop_log_by_desktop ON desktop_log (desktop_id, id);
CREATE TABLE desktop_event (
  id INTEGER PRIMARY KEY,
  desktop_id INTEGER NOT NULL REFERENCES desktop (id),
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX desktop_event_by_desktop ON desktop_event (desktop_id, id);

-- Every desktop that is not retired counts in exactly one of these rows ---------------------------
CREATE TABLE profile_count (
  profile_id INTEGER NOT NULL REFERENCES profile (id),
  presence INTEGER NOT NULL,
  desktops INTEGER NOT NULL CHECK (desktops >= 0),
  PRIMARY KEY (profile_id, presence)
);
CREATE TABLE unjudged_count (
  pool_id INTEGER NOT NULL REFERENCES pool (id),
  presence INTEGER NOT NULL,
  desktops INTEGER NOT NULL CHECK (desktops >= 0),
  PRIMARY KEY (pool_id, presence)
);

-- Agents' lives. Claims are NULL while they are the same as the desktop's. ------------------------
CREATE TABLE enrol_token (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  pool_id INTEGER NOT NULL REFERENCES pool (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  max_uses INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  cidr TEXT NOT NULL,
  revoked INTEGER NOT NULL,
  note TEXT NOT NULL
);
CREATE TABLE incarnation (
  id INTEGER PRIMARY KEY,
  desktop_id INTEGER NOT NULL REFERENCES desktop (id),
  key BLOB NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  token_id INTEGER REFERENCES enrol_token (id),
  enrolled_at INTEGER NOT NULL,
  certificate_expires INTEGER NOT NULL,
  boot_id TEXT,
  sequence INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  claims TEXT
);
CREATE INDEX incarnation_by_desktop ON incarnation (desktop_id);
CREATE INDEX incarnation_provisional ON incarnation (desktop_id) WHERE state = 1;

-- People ------------------------------------------------------------------------------------------
CREATE TABLE account (
  name TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL
);
CREATE TABLE web_session (
  hash BLOB PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
  csrf TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE TABLE api_token (
  hash BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
);
)sql";

// The audit log is append-only, whoever asks.
inline constexpr const char* kSchema1OfSqlite = R"sql(
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
)sql";
inline constexpr const char* kSchema1OfPostgres = R"sql(
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE integrity_constraint_violation USING MESSAGE = 'the audit log is append-only'; END$$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  EXECUTE FUNCTION audit_is_append_only();
)sql";

}  // namespace vdiwatch::collector
