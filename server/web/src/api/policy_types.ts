// Of /api/v1 around the policy: waivers, policy sets, and the answer of POST /policy/plan.
import type { Grade, RuleGrade } from './types';

export type WaiverState = 'scheduled' | 'active' | 'expiring' | 'unused' | 'expired';

export interface Waiver {
  id: string;
  rule: string;
  pool: string | null;
  desktop: string | null;
  scope: string;
  owner: string;
  reason: string;
  starts: string | null;
  expires: string;
  ends_at: string;
  state: WaiverState;
  desktops: number;
}

export interface PolicySetRow {
  digest: string;
  first_in_force: string;
  in_force: boolean;
}
export interface PolicySet extends PolicySetRow {
  files: Record<string, string> | null;
  built_in_pack: boolean;
}

// Which policy something was judged by; null where nothing was judged yet.
export interface PolicyReference {
  digest: string;
  in_force: boolean;
  packs: { name: string; version: string }[] | null;
}

export interface PlanReason {
  rule: string;
  grade: Grade;
  desktops: number;
  text: string;
}

export interface PlanCause {
  rule: string;
  from: RuleGrade;
  to: RuleGrade;
  desktops: number;
  why: string;
  sample: { id: string; host_name: string }[];
}

export interface PlanAlert {
  pool: string;
  rule: string;
  grade: Grade;
  text: string;
}

interface Difference {
  added: string[];
  removed: string[];
}

export interface PoolRecord {
  turned_noncompliant: number;
  noncompliant_s: number;
  turned_unknown: number;
  unknown_s: number;
  last: Grade;
}

export interface Plan {
  at: string;
  policy: { current: string; new: string; built_in_pack: boolean };
  rules: Difference & { changed: { rule: string; keys: string[] }[] };
  policy_pools: Difference & { changed: { pool: string; keys: string[] }[] };
  desktops: {
    total: number;
    reporting: number;
    changing: number;
    changes: {
      from: RuleGrade;
      to: RuleGrade;
      desktops: number;
      pools: { pool: string; desktops: number }[];
      rules: PlanCause[];
    }[];
  };
  pools: {
    total: number;
    changing: number;
    changes: {
      pool: string;
      docker: string;
      from: Grade;
      to: Grade;
      reporting: number;
      changing: number;
      reasons: PlanReason[];
    }[];
  };
  alerts: { fire: PlanAlert[]; resolve: PlanAlert[] };
  waivers: Record<WaiverState, string[]>;
  replay: {
    since: string;
    moves: number;
    pools: { pool: string; docker: string; current: PoolRecord; new: PoolRecord }[];
  } | null;
  evaluations: number;
}
