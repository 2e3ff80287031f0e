import { useAnswer } from '../api/live';
import type { PoolPage, PoolRow } from '../api/types';

const most = '1000';

// Every pool by name, for choices.
export const usePools = (): PoolRow[] =>
  useAnswer<PoolPage>(`/pools?sort=name&limit=${most}`).data?.pools ?? [];

export const usePoolOptions = () => usePools().map(({ name }) => ({ value: name, name }));
