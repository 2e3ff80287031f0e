import type { PoolRow } from '../api/types';
import { desktopsLink, poolLink } from '../app/url';
import { plural, poolWhy } from '../app/words';
import { GradeBar } from './bar';
import { GradeBadge, gradeClass } from './grade';
import { When } from './when';

function Failing({ pool }: { pool: PoolRow }) {
  const reason = pool.reasons[0];
  if (!reason) return null;
  const href = desktopsLink({ pool: pool.name, rule: reason.rule, rule_grade: reason.grade });
  return <a class="why-count" href={href}>{plural(reason.desktops, 'desktop')}</a>;
}

// Pools as a list to read: grade, name, the reason in words, how its desktops stand.
export function PoolList({ pools }: { pools: PoolRow[] }) {
  return (
    <ul class="pool-list">
      {pools.map((pool) => (
        <li key={pool.name} class={gradeClass(pool.grade)}>
          <GradeBadge grade={pool.grade} loud />
          <div class="pool-list-text">
            <a class="pool-list-name" href={poolLink(pool.name)}>{pool.name}</a>
            <p class="pool-list-why">{poolWhy(pool)} <Failing pool={pool} /></p>
          </div>
          <div class="pool-list-bar">
            <GradeBar counts={pool} label={`Desktops of ${pool.name}`} />
            <span class="faint"><a href={desktopsLink({ pool: pool.name })}>{plural(pool.desktops, 'desktop')}</a> · since <When at={pool.since} /></span>
          </div>
        </li>
      ))}
    </ul>
  );
}
