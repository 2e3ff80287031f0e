// Of /api/v1 around alerts: docs/alerting.md has what each member means.
import type { Grade } from './types';

export type AlertState = 'waiting' | 'open' | 'resolved';

export interface Alert {
  id: string;
  state: AlertState;
  name: string;
  cause: string;
  pool: string | null; // null: of the fleet
  rule: string | null;
  severity: string;
  grade: Grade | null;
  desktops: number;
  of: number;
  text: string;
  remediation: string;
  attributes: Record<string, string>;
  since: string;
  opened_at: string | null;
  noticed_at: string | null;
  resolved_at: string | null;
  silenced_by: string | null;
}

export interface AlertDetail extends Alert {
  notices: { id: string; at: string; kind: string; text: string }[];
  deliveries: Delivery[];
}

export interface AlertPage {
  alerts: Alert[];
  next_cursor: string | null;
}

export type DeliveryState = 'waiting' | 'sent' | 'failed' | 'dropped';

export interface Delivery {
  id: string;
  sink: string;
  state: DeliveryState;
  kind: string;
  created_at: string;
  next_at: string | null;
  attempts: number;
  why: string;
  alerts: { id: string; name: string; pool: string | null }[];
}

export interface Attempt {
  at: string;
  took_ms: number;
  delivered: boolean;
  answer: string;
}

export interface DeliveryDetail extends Delivery {
  log: Attempt[];
}

export interface DeliveryPage {
  deliveries: Delivery[];
  next_cursor: string | null;
}

interface Outcome {
  at: string;
  answer: string;
}

export interface Sink {
  name: string;
  kind: string;
  state: 'untried' | 'working' | 'failing' | 'disabled';
  why: string;
  last_success: Outcome | null;
  last_failure: Outcome | null;
  waiting: number;
  sent: number;
  failed: number;
  dropped: number;
  rate: { messages: number; per_s: number } | null;
  heartbeat: { every_s: number; last: (Outcome & { delivered: boolean }) | null } | null;
}

export interface SinkList {
  sinks: Sink[];
  alerts_file: string | null;
  loaded_at: string | null;
  problem: string | null;
}

export interface SinkTest {
  sink: string;
  at: string;
  delivered: boolean;
  answer: string;
  took_ms: number;
}

export interface Silence {
  id: string;
  matchers: Record<string, string>;
  starts_at: string;
  ends_at: string;
  created_by: string;
  reason: string;
  state: 'scheduled' | 'active' | 'ended';
}

export interface SilenceList {
  silences: Silence[];
  longest_s: number;
}
