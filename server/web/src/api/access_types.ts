// Around people: users, sessions, API tokens, the audit log, ways to sign in.
export type {
  ApiToken,
  Audit as AuditPage,
  AuditEntry,
  CreatedApiToken,
  CreatedUser,
  OpenSession,
  SignInWays,
  User,
  UserChange,
} from './schema';
