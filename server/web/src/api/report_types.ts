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
