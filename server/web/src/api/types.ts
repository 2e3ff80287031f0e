// The answers of /api/v1, as far as the pages read them.
import type { PolicyReference, Waiver } from './policy_types';
import type { PoolDay } from './trend_types';

export type Grade = 'compliant' | 'conditional' | 'unknown' | 'noncompliant';
export type RuleGrade = Grade | 'waived' | 'not_applicable';
export type Counts = Partial<Record<RuleGrade, number>>;

export interface Session {
  user: string;
  role: string;
  csrf: string;
}

export interface Source {
  title: string;
  url: string;
  as_of: string;
}

export interface Coverage {
  desktops: number;
  live: number;
  off: number;
  stale: number;
  unjudged: number;
}

export interface Overview extends Coverage {
  server_time: string;
  version: string;
  pools: Counts;
  grades: Counts;
  policy: {
    digest: string;
    packs: { name: string; version: string; source: Source }[];
    loaded_at: string;
    problem: string | null;
  };
  check_in_every_s: number;
}

export interface Reason {
  rule: string;
  grade: Grade;
  desktops: number;
  text: string;
}

export interface ValueCount {
  value: string;
  desktops: number;
}

export interface PoolRow extends Coverage, Record<Grade, number> {
  name: string;
  grade: Grade;
  since: string;
  reasons: Reason[];
  reporting: number;
  docker: string;
  attributes: Record<string, string>;
  expected_members: number | null;
  trend?: PoolDay[];
}

export interface PoolPage {
  pools: PoolRow[];
  next_cursor: string | null;
}

export interface RuleCount extends Record<RuleGrade, number> {
  id: string;
  title: string;
  severity: string;
  section: string;
  url: string;
  remediation: string;
  contact: string;
  because: string;
  why: string;
  // Who waived it and until when, as most of its waived desktops are told; empty if none is.
  excuse: string;
}

export interface Thresholds {
  enter: number;
  enter_for_s: number;
  leave: number;
  minimum_reporting: number;
  maximum_unknown: number;
  minimum_coverage: number;
}

export interface Transition {
  at: string;
  from: Grade | null;
  to: Grade;
  policy: string;
  reasons: (Reason | string)[];
}

export interface Pool extends PoolRow {
  thresholds: Thresholds;
  rules: RuleCount[];
  platforms: ValueCount[];
  persistence: ValueCount[];
  // How many reporting desktops answer what, by fact.
  facts: Record<string, ValueCount[]>;
  history: Transition[];
  waivers: Waiver[];
  policy: PolicyReference | null;
  // Of a list of expected members, those that never reported: the first by name, and how many.
  never_reported: string[];
  never_reported_count: number | null;
}

export interface DesktopRow {
  id: string;
  host_name: string;
  domain: string;
  pool: string;
  grade: Grade | null;
  presence: string;
  last_seen: string;
  created_at: string;
  reason: string;
  os: string;
  agent_version: string;
  duplicate: string;
}

export interface DesktopPage {
  desktops: DesktopRow[];
  next_cursor: string | null;
}

export interface RuleVerdict {
  id: string;
  title: string;
  severity: string;
  grade: RuleGrade;
  why: string;
  expected: unknown;
  actual: unknown;
  remediation: string;
  contact: string;
  url: string;
  facts: string[];
  // Of a waived rule: the grade it would have, and the sentence that excuses it.
  waiver?: { id: string; grade: RuleGrade; text: string };
}

export interface FactRow {
  key: string;
  value?: unknown;
  missing?: string;
  class: string;
  sentence: string;
  unit: string;
  sources: string[];
}

export interface Incarnation {
  id: string;
  state: string;
  enrolled_at: string;
  last_seen: string;
  certificate_expires: string;
  boot_id: string;
}

export interface Desktop extends DesktopRow {
  claims: Record<string, unknown>;
  verdict: { grade: Grade; rules: RuleVerdict[] } | null;
  facts: FactRow[];
  readings: Record<string, string>;
  boots: { survived: number; resets: number; resets_in_a_row: number; text: string };
  incarnations: Incarnation[];
  events: { at: string; kind: string; detail: string }[];
  history: { at: string; grade: Grade; policy: string | null }[];
  policy: PolicyReference | null;
}

export interface Rule {
  id: string;
  title: string;
  severity: string;
  section: string;
  url: string;
  because: string;
  remediation: string;
  contact: string;
  otherwise: string;
}

export interface PackName {
  name: string;
  version: string;
  source: Source;
}

export interface Pack extends PackName {
  rules: Rule[];
}

// What a source says, and which rules stand on it; or why none does.
export interface Statement {
  section: string;
  says: string;
  rules: string[];
  no_rule: string;
}

export interface PackTotals extends PackName {
  rules: number;
  tests: number;
  file: string;
  statements: Statement[];
}

export interface RuleTest {
  name: string;
  facts: Record<string, { value?: unknown; missing?: string }>;
  pool: Record<string, string>;
  expect: RuleGrade;
}

// A rule with its tests and who fails it where.
export interface RuleDetail extends Rule {
  expects: string;
  unknown_counts: boolean;
  pack: PackName;
  exceptions: { grade: RuleGrade; because: string }[];
  tests: RuleTest[];
  desktops: Counts;
  pools: { pool: string; desktops: Counts }[];
  next_cursor: string | null;
}

export interface Found {
  pools: { name: string; grade: Grade; desktops: number }[];
  desktops: { id: string; host_name: string; pool: string; grade: Grade | null; presence: string }[];
  rules: { id: string; title: string; severity: string; pack: string }[];
}

export interface System {
  version: string;
  started_at: string;
  store: { engine: string; bytes: number };
  policy: {
    digest: string;
    loaded_at: string;
    directory: string | null;
    built_in_pack: boolean;
    problem: string | null;
  };
  certificates: { what: string; name: string; ends_at: string; days_left: number }[];
  ca_pin: string;
  listeners: { agents: string; people: string };
  data_dir: string;
  limits: { check_in_every_s: number; keep_history_s: number; max_plan_bytes: number };
}

export interface Token {
  id: string;
  pool: string;
  created_at: string;
  expires_at: string;
  max_uses: number | null;
  uses: number;
  cidr: string;
  revoked: boolean;
  note: string;
}

export interface NewToken {
  pool: string;
  expires_in_s: number;
  max_uses: number;
  cidr: string;
  note: string;
}
