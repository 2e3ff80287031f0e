// Of /api/v1 over time: trends, changes, and a pool's days.
import type { Counts, Grade, Reason } from './types';

export interface TrendDay {
  day: string; // 2026-11-25, UTC
  total: number;
  reporting: number;
  desktops: Counts;
  pools: Counts;
}

export interface Trends {
  days: number;
  from: string;
  pool: string | null;
  points: TrendDay[];
}

export interface PoolDay {
  day: string;
  grade: Grade;
  reporting: number;
  desktops: Counts;
}

export interface PoolTurn {
  at: string;
  pool: string;
  from: Grade;
  to: Grade;
  policy: string;
  reasons: Reason[] | null;
}

export interface Changes {
  since: string;
  transitions: PoolTurn[];
  next_cursor: string | null;
  compared_with: string | null; // the day whose pools these are compared with
  new_pools: string[];
  lost_pools: string[];
  coverage: { pool: string; reporting_before: number; reporting: number }[];
  policy_sets: { digest: string; first_in_force: string; in_force: boolean }[];
}
