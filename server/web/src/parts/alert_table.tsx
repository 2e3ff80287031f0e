import type { Alert } from '../api/alert_types';
import { alertLink, desktopsLink, link, poolLink } from '../app/url';
import { gradeOf, number } from '../app/words';
import { GradeMark, gradeClass } from './grade';
import { Icon } from './icon';
import { Severity } from './rule';
import { Standing } from './standing';
import type { Mark } from './standing';
import { Table } from './table';
import { When } from './when';

const marks: Record<string, Mark> = { open: 'alarm', waiting: 'stale', resolved: 'off' };
const meanings: Record<string, string> = {
  open: 'told to its sinks',
  waiting: 'held down: told if it stays',
  resolved: 'over',
};

export function AlertStanding({ alert }: { alert: Alert }) {
  return (
    <Standing mark={marks[alert.state] ?? 'off'} title={meanings[alert.state] ?? ''}>
      {alert.state}
      {alert.silenced_by && (
        <a class="quiet-mark" href={link('/silences', { id: alert.silenced_by })} title="Silenced">
          <Icon name="quiet" />
          <span class="unseen">silenced</span>
        </a>
      )}
    </Standing>
  );
}

// "38 of 40": those desktops, where a rule of a pool is what failed.
export function AlertCount({ alert }: { alert: Alert }) {
  if (alert.of === 0) return <span class="faint">–</span>;
  const words = (
    <>
      {number(alert.desktops)} <span class="faint">of {number(alert.of)}</span>
    </>
  );
  if (!alert.pool || !alert.rule || alert.state === 'resolved') return words;
  const href = desktopsLink({
    pool: alert.pool,
    rule: alert.rule,
    rule_grade: alert.grade ?? 'noncompliant',
  });
  return <a href={href}>{words}</a>;
}

function Row({ alert, withPool }: { alert: Alert; withPool: boolean }) {
  return (
    <tr class={alert.state === 'open' ? gradeClass(gradeOf(alert.grade)) : 'is-past'}>
      <td class="nowrap">
        <AlertStanding alert={alert} />
      </td>
      <th scope="row" class="cell-why">
        <a href={alertLink(alert.id)}>{alert.name}</a> <Severity name={alert.severity} />
        <p>
          {alert.grade && <GradeMark grade={gradeOf(alert.grade)} />} {alert.text}
        </p>
      </th>
      {withPool && (
        <td>
          {alert.pool ? (
            <a class="quiet" href={poolLink(alert.pool)}>
              {alert.pool}
            </a>
          ) : (
            <span class="faint">the fleet</span>
          )}
        </td>
      )}
      <td class="num nowrap">
        <AlertCount alert={alert} />
      </td>
      <td class="nowrap">
        <When at={alert.since} />
      </td>
      <td class="nowrap minor">
        {alert.resolved_at ? <When at={alert.resolved_at} /> : <span class="faint">–</span>}
      </td>
    </tr>
  );
}

export function AlertTable({
  alerts,
  label,
  withPool = true,
}: {
  alerts: Alert[];
  label: string;
  withPool?: boolean;
}) {
  return (
    <Table label={label} class="alerts-table">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Alert and why</th>
          {withPool && <th scope="col">Pool</th>}
          <th scope="col" class="num">
            Desktops
          </th>
          <th scope="col">Since</th>
          <th scope="col" class="minor">
            Resolved
          </th>
        </tr>
      </thead>
      <tbody>
        {alerts.map((alert) => (
          <Row key={alert.id} alert={alert} withPool={withPool} />
        ))}
      </tbody>
    </Table>
  );
}
