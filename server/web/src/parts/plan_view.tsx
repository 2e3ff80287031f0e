import type { ComponentChildren } from 'preact';
import type { Plan, PlanAlert, PoolRecord } from '../api/policy_types';
import type { RuleGrade } from '../api/types';
import { desktopLink, poolLink, ruleLink } from '../app/url';
import { duration, number, plural } from '../app/words';
import { GradeBadge } from './grade';
import { Icon } from './icon';
import { Card } from './page';
import { Table } from './table';
import { When } from './when';

function Move({ from, to }: { from: RuleGrade; to: RuleGrade }) {
  return (
    <span class="move">
      <GradeBadge grade={from} />
      <Icon name="arrow" />
      <span class="unseen">becomes</span>
      <GradeBadge grade={to} />
    </span>
  );
}

function Fact({ n, what }: { n: number; what: string }) {
  return (
    <li class={n === 0 ? 'is-zero' : undefined}>
      <b>{number(n)}</b> {what}
    </li>
  );
}

function Summary({ plan }: { plan: Plan }) {
  const { desktops, pools, alerts } = plan;
  return (
    <ul class="figures">
      <Fact n={desktops.changing} what={`of ${plural(desktops.total, 'desktop')} would change grade`} />
      <Fact n={pools.changing} what={`of ${plural(pools.total, 'pool')} would change grade`} />
      <Fact n={alerts.fire.length} what="alerts would fire" />
      <Fact n={alerts.resolve.length} what="alerts would be resolved" />
    </ul>
  );
}

function Pools({ plan }: { plan: Plan }) {
  const { changes } = plan.pools;
  if (changes.length === 0) return null;
  return (
    <Card title="Pools that would change" class="flush">
      <Table label="Pools that would change">
        <thead>
          <tr>
            <th scope="col">Grade</th>
            <th scope="col">Pool and why</th>
            <th scope="col" class="num">
              Desktops changing
            </th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.pool}>
              <td class="nowrap">
                <Move from={change.from} to={change.to} />
              </td>
              <th scope="row" class="cell-why">
                <a href={poolLink(change.pool)}>{change.pool}</a>
                {change.reasons[0] && <p>{change.reasons[0].text}</p>}
                {change.docker === 'none' && <p class="faint">Never runs Docker Desktop: no alert.</p>}
              </th>
              <td class="num">
                {number(change.changing)} <span class="faint">of {number(change.reporting)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

function Desktops({ plan }: { plan: Plan }) {
  const { changes } = plan.desktops;
  if (changes.length === 0) return null;
  return (
    <Card title="Desktops that would change" class="flush">
      <ul class="plan-list">
        {changes.map((change) => (
          <li key={change.from + change.to}>
            <div class="plan-head">
              <Move from={change.from} to={change.to} />
              <b>{plural(change.desktops, 'desktop')}</b>
              <span class="faint">
                {change.pools.map(({ pool, desktops }, i) => (
                  <span key={pool}>
                    {i > 0 && ', '}
                    <a href={poolLink(pool)}>{pool}</a> {number(desktops)}
                  </span>
                ))}
              </span>
            </div>
            <ul class="plan-causes">
              {change.rules.map((cause) => (
                <li key={cause.rule}>
                  <a href={ruleLink(cause.rule)}>{cause.rule}</a>{' '}
                  <span class="faint">{plural(cause.desktops, 'desktop')}</span>
                  <p>{cause.why}</p>
                  {cause.sample.length > 0 && (
                    <p class="faint">
                      Such as{' '}
                      {cause.sample.map(({ id, host_name }, i) => (
                        <span key={id}>
                          {i > 0 && ', '}
                          <a href={desktopLink(id)}>{host_name}</a>
                        </span>
                      ))}
                    </p>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function AlertList({ alerts, words }: { alerts: PlanAlert[]; words: string }) {
  return (
    <>
      {alerts.map((alert) => (
        <li key={alert.pool + alert.rule}>
          <span class="alert-verb">{words}</span>
          <span>
            <a href={poolLink(alert.pool)}>{alert.pool}</a>
            {alert.rule && (
              <>
                {' · '}
                <a href={ruleLink(alert.rule)}>{alert.rule}</a>
              </>
            )}
            <p>{alert.text}</p>
          </span>
        </li>
      ))}
    </>
  );
}

function Alerts({ plan }: { plan: Plan }) {
  const { fire, resolve } = plan.alerts;
  if (fire.length + resolve.length === 0) return null;
  return (
    <Card title="Alerts">
      <ul class="plan-alerts">
        <AlertList alerts={fire} words="fires" />
        <AlertList alerts={resolve} words="is resolved" />
      </ul>
    </Card>
  );
}

function Names({ title, names }: { title: string; names: ComponentChildren[] }) {
  if (names.length === 0) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {names.map((name, i) => (
          <span key={i}>
            {i > 0 && ', '}
            {name}
          </span>
        ))}
      </dd>
    </div>
  );
}

const keyed = (name: string, keys: string[]) => (
  <>
    <code>{name}</code> <span class="faint">({keys.join(', ')})</span>
  </>
);
const plain = (name: string) => <code>{name}</code>;

function Differences({ plan }: { plan: Plan }) {
  const { rules, policy_pools: pools, waivers } = plan;
  const rows: [string, ComponentChildren[]][] = [
    ['Rules added', rules.added.map(plain)],
    ['Rules removed', rules.removed.map(plain)],
    ['Rules changed', rules.changed.map(({ rule, keys }) => keyed(rule, keys))],
    ['Pools added', pools.added.map(plain)],
    ['Pools removed', pools.removed.map(plain)],
    ['Pools changed', pools.changed.map(({ pool, keys }) => keyed(pool, keys))],
    ['Waivers unused', waivers.unused.map(plain)],
    ['Waivers expiring', waivers.expiring.map(plain)],
    ['Waivers expired', waivers.expired.map(plain)],
  ];
  const said = rows.filter(([, names]) => names.length > 0);
  return (
    <Card title="What the files change">
      {said.length === 0 ? (
        <p class="card-note">No rule, pool or waiver differs from the policy in force.</p>
      ) : (
        <dl class="pairs pairs-text">
          {said.map(([title, names]) => (
            <Names key={title} title={title} names={names} />
          ))}
        </dl>
      )}
    </Card>
  );
}

const record = ({ turned_noncompliant: times, noncompliant_s: seconds }: PoolRecord) =>
  times === 0 ? 'never' : `${plural(times, 'time')}, ${duration(seconds)} in all`;

function Replay({ plan }: { plan: Plan }) {
  if (!plan.replay) return null;
  const { since, moves, pools } = plan.replay;
  return (
    <Card
      title={
        <>
          How it would have gone since <When at={since} />
        </>
      }
      class="flush"
    >
      <Table label="Replay of the past under both policies">
        <thead>
          <tr>
            <th scope="col">Pool</th>
            <th scope="col">Noncompliant under today’s policy</th>
            <th scope="col">Under these files</th>
          </tr>
        </thead>
        <tbody>
          {pools.map((pool) => (
            <tr key={pool.pool}>
              <th scope="row">
                <a href={poolLink(pool.pool)}>{pool.pool}</a>
              </th>
              <td>{record(pool.current)}</td>
              <td>
                {record(pool.new) === record(pool.current) ? (
                  <span class="faint">the same</span>
                ) : (
                  <b>{record(pool.new)}</b>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      <p class="card-note">{plural(moves, 'recorded change')} of desktops played again.</p>
    </Card>
  );
}

// What POST /policy/plan said, the verdict first.
export function PlanView({ plan }: { plan: Plan }) {
  const quiet = plan.desktops.changing + plan.pools.changing === 0;
  return (
    <>
      {quiet ? (
        <p class="callout g-compliant">No desktop and no pool would change its grade.</p>
      ) : (
        <Summary plan={plan} />
      )}
      <div class="columns">
        <div>
          <Pools plan={plan} />
          <Desktops plan={plan} />
          <Replay plan={plan} />
        </div>
        <div class="columns-side">
          <Differences plan={plan} />
          <Alerts plan={plan} />
        </div>
      </div>
    </>
  );
}
