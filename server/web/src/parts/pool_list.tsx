import type { PoolRow } from '../api/types';
import { desktopsLink, poolLink } from '../app/url';
import { plural } from '../app/words';
import { GradeBar } from './bar';
import { GradeBadge, gradeClass } from './grade';
import { When } from './when';
import { PoolSpark } from './pool_spark';
import { PoolWhy } from './why';

// Pools as a list to read: grade, name, the reason in words, how its desktops stand.
export function PoolList({ pools }: { pools: PoolRow[] }) {
  return (
    <ul class="pool-list">
      {pools.map((pool) => (
        <li key={pool.name} class={gradeClass(pool.grade)}>
          <GradeBadge grade={pool.grade} loud />
          <div class="pool-list-text">
            <a class="pool-list-name row-link" href={poolLink(pool.name)}>
              {pool.name}
            </a>
            <p class="pool-list-why">
              <PoolWhy pool={pool} />
            </p>
          </div>
          <div class="pool-list-spark">
            <PoolSpark pool={pool} />
          </div>
          <div class="pool-list-bar">
            <GradeBar counts={pool} label={`Desktops of ${pool.name}`} />
            <span class="faint">
              {pool.desktops > 0 ? (
                <>
                  <a href={desktopsLink({ pool: pool.name })}>{plural(pool.desktops, 'desktop')}</a> · since{' '}
                  <When at={pool.since} />
                </>
              ) : (
                'no desktop yet'
              )}
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
