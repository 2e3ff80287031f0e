import type { ComponentChildren } from 'preact';
import type { Changes, PoolTurn } from '../api/trend_types';
import { dayOf } from '../app/time';
import { policyLink, poolLink } from '../app/url';
import { capital, number } from '../app/words';
import { GradeBadge, GradeMark } from './grade';
import { Icon } from './icon';
import { When } from './when';

function Turn({ turn }: { turn: PoolTurn }) {
  return (
    <li>
      <GradeMark grade={turn.to} />
      <div>
        <a class="row-link change-pool" href={poolLink(turn.pool)}>
          {turn.pool}
        </a>{' '}
        <span class="nowrap">
          {turn.from && <span class="faint">{capital(turn.from)}</span>} <Icon name="arrow" />{' '}
          <GradeBadge grade={turn.to} />
        </span>
        {turn.reasons?.[0] && <p class="clamped">{turn.reasons[0].text}</p>}
      </div>
      <span class="timeline-when">
        <When at={turn.at} />
      </span>
    </li>
  );
}

function Note({ children }: { children: ComponentChildren }) {
  return (
    <li>
      <span class="timeline-dot" />
      <div>{children}</div>
    </li>
  );
}

function Pools({ names }: { names: string[] }) {
  return (
    <>
      {names.map((name, i) => (
        <span key={name}>
          {i > 0 && ', '}
          <a href={poolLink(name)}>{name}</a>
        </span>
      ))}
    </>
  );
}

// What is not a change of grade: pools that came and went, coverage that moved, new policies.
function Notes({ changes }: { changes: Changes }) {
  return (
    <>
      {changes.policy_sets.map((set) => (
        <Note key={set.digest}>
          <a href={policyLink(set.digest)}>A policy</a> came into force <When at={set.first_in_force} />
        </Note>
      ))}
      {changes.new_pools.length > 0 && (
        <Note>
          New: <Pools names={changes.new_pools} />
        </Note>
      )}
      {changes.lost_pools.length > 0 && (
        <Note>
          Without desktops now: <Pools names={changes.lost_pools} />
        </Note>
      )}
      {changes.coverage.map(({ pool, reporting_before, reporting }) => (
        <Note key={pool}>
          <a href={poolLink(pool)}>{pool}</a> {number(reporting_before)} reporting <Icon name="arrow" />{' '}
          <b>{number(reporting)}</b>
        </Note>
      ))}
    </>
  );
}

export const hasChanges = (changes: Changes) =>
  changes.transitions.length +
    changes.policy_sets.length +
    changes.new_pools.length +
    changes.lost_pools.length +
    changes.coverage.length >
  0;

// What happened to pools since a moment; `most` keeps it short.
export function ChangeList({ changes, most = Number.POSITIVE_INFINITY }: { changes: Changes; most?: number }) {
  return (
    <>
      <ol class="timeline changes">
        {changes.transitions.slice(0, most).map((turn) => (
          <Turn key={turn.at + turn.pool} turn={turn} />
        ))}
        <Notes changes={changes} />
      </ol>
      {changes.compared_with && changes.coverage.length > 0 && (
        <p class="card-note">Reporting desktops are compared with {dayOf(changes.compared_with)}.</p>
      )}
    </>
  );
}
