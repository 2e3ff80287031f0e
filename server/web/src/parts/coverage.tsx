import type { PoolRow } from '../api/types';
import { number, percent } from '../app/words';

// How much of a pool reports. More than is expected is all of it, and says by how many.
export function Coverage({ pool }: { pool: Pick<PoolRow, 'reporting' | 'desktops' | 'expected_members'> }) {
  const whole = pool.expected_members ?? pool.desktops;
  const more = pool.expected_members === null ? 0 : pool.reporting - whole;
  return (
    <>
      {percent(Math.min(pool.reporting, whole), whole)}
      {more > 0 && (
        <span class="faint" title={`${number(more)} more than the ${number(whole)} expected`}>
          {' '}
          +{number(more)}
        </span>
      )}
    </>
  );
}
