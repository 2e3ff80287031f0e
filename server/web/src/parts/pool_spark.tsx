import type { PoolRow } from '../api/types';
import { Sparkline } from './sparkline';

// How many desktops of a pool were noncompliant over the days that the list asked for.
export function PoolSpark({ pool }: { pool: PoolRow }) {
  const days = pool.trend ?? [];
  return (
    <Sparkline
      label={`Noncompliant desktops of ${pool.name} over ${days.length} days`}
      values={[...days.map(({ desktops }) => desktops.noncompliant ?? 0), pool.noncompliant]}
      most={pool.desktops}
    />
  );
}
