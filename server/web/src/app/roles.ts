// What a person may do; each role includes those before it.
export const roles = ['viewer', 'operator', 'policy_editor', 'administrator'] as const;
export type Role = (typeof roles)[number];

export const reaches = (role: string, least: Role | undefined) =>
  least === undefined || roles.indexOf(role as Role) >= roles.indexOf(least);
