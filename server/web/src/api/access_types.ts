// Of /api/v1 around people: users, sessions, API tokens, the audit log, ways to sign in.
import type { Role } from '../app/roles';

export interface User {
  name: string;
  role: Role;
  pools: string[]; // globs; none: every pool
  kind: 'local' | 'oidc';
  disabled: boolean;
  created_at: string | null;
  last_sign_in: string | null;
}

export interface UserChange {
  role?: Role;
  pools?: string[];
  disabled?: boolean;
  password?: string;
}

export interface OpenSession {
  id: string;
  user: string;
  created_at: string;
  last_used: string;
  expires_at: string;
  remote_ip: string;
  browser: string;
  current: boolean;
}

export interface ApiToken {
  id: string;
  name: string;
  role: Role;
  pools: string[];
  owner: string | null;
  created_at: string;
  expires_at: string;
  last_used: string | null;
  expired: boolean;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: string;
}

export interface AuditPage {
  entries: AuditEntry[];
  next_cursor: string | null;
}

export interface SignInWays {
  password: boolean;
  oidc: { label: string; url: string } | null;
}
