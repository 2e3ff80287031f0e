// Over time: trends, changes, and a pool's days.
export type { Changes, PoolDay, PoolTurn, TrendDay, Trends } from './schema';
