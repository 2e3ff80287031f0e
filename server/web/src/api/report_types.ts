// GET /api/v1/reports/compliance: docs/reports.md has what each member means.
import type { Waiver } from './policy_types';
import type { Counts, Grade, Reason, RuleCount, RuleGrade, Source } from './types';

export interface ReportCoverage {
  expected_members: number;
  from: 'list' | 'number';
  known: number;
  reporting: number;
  never_reported: number;
  percent: number;
}

export interface ReportPool extends Record<Grade, number> {
  name: string;
  docker: string;
  attributes: Record<string, string>;
  grade: Grade;
  since: string | null;
  reasons: Reason[];
  desktops: number;
  reporting: number;
  live: number;
  off: number;
  stale: number;
  unjudged: number;
  not_applicable: number;
  coverage: ReportCoverage | null;
  rules: RuleCount[];
}

export interface ReportDesktop {
  id: string;
  host_name: string;
  pool: string;
  grade: Grade | null;
  presence: string;
  last_seen: string | null;
  note: string;
  rules: {
    id: string;
    title: string;
    severity: string;
    grade: RuleGrade;
    why: string;
    remediation: string;
    contact: string;
    url: string;
  }[];
}

export interface ComplianceReport {
  title: string;
  scope: { kind: string; text: string };
  as_of: string;
  made_at: string;
  policy: {
    digest: string;
    in_force_since: string;
    in_force: boolean;
    packs: { name: string; version: string; source: Source }[];
  };
  totals: { pools: Counts } & Record<Grade, number> & {
      desktops: number;
      reporting: number;
      stale: number;
      unjudged: number;
      expected_members: number | null;
      never_reported: number | null;
    };
  pools: ReportPool[];
  desktops: ReportDesktop[];
  left_out: number;
  waivers: Waiver[];
}

export interface ScheduleWanted {
  name: string;
  scope: string;
  format: string;
  sink: string;
  recipients: string[];
  when: { days: string[]; time: string; time_zone: string };
  enabled: boolean;
}

export interface Schedule extends ScheduleWanted {
  id: string;
  created_by: string;
  next_due: string;
}

export interface ScheduleList {
  schedules: Schedule[];
  sinks: string[];
}

export interface ScheduleDelivery {
  due_at: string;
  state: 'waiting' | 'sent' | 'failed';
  attempts: number;
  next_at: string | null;
  updated_at: string;
  answer: string;
}

export interface Machine {
  id: string;
  host_name: string;
  pool: string;
  presence: string;
  last_seen: string;
}

export interface Reconciliation {
  scope: string;
  at: string;
  export: {
    column: string;
    encoding: string;
    separator: string;
    rows: number;
    hosts: number;
    repeated: number;
    unnamed: number;
  };
  counts: { both: number; stale: number; never_reported: number; not_in_export: number };
  never_reported: string[];
  not_in_export: Machine[];
  stale: Machine[];
}
