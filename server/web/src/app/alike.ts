import type { ReportDesktop } from '../api/report_types';

// Desktops of one pool with one grade for the same reasons: clones of one image read as one line.
export interface Alike extends Omit<ReportDesktop, 'id' | 'host_name'> {
  desktops: { id: string; host_name: string }[];
}

// In the order in which each kind comes first.
export function groupAlike(desktops: ReportDesktop[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const { id, host_name, ...rest } of desktops) {
    const key = JSON.stringify([rest.pool, rest.grade, rest.note, rest.rules]);
    const group = groups.get(key) ?? { ...rest, desktops: [] };
    group.desktops.push({ id, host_name });
    groups.set(key, group);
  }
  return [...groups.values()];
}
