import type { PoolRow, Reason } from '../api/types';
import { desktopsLink } from '../app/url';
import { poolWhy } from '../app/words';

const counted = /^[\d.,]+ of [\d.,]+ desktops?/;

// A pool's reason in words; the desktops that it counts are a link to them.
export function Why({ pool, reason }: { pool: string; reason: Reason }) {
  const count = reason.rule ? (counted.exec(reason.text)?.[0] ?? '') : '';
  if (!count) return <>{reason.text}</>;
  const href = desktopsLink({ pool, rule: reason.rule, rule_grade: reason.grade });
  return (
    <>
      <a class="why-count" href={href}>
        {count}
      </a>
      {reason.text.slice(count.length)}
    </>
  );
}

// The first reason, or what stands for it.
export function PoolWhy({ pool }: { pool: PoolRow }) {
  const first = pool.reasons[0];
  return first ? <Why pool={pool.name} reason={first} /> : <>{poolWhy(pool)}</>;
}
