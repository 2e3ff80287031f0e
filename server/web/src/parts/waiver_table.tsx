import type { Waiver, WaiverState } from '../api/policy_types';
import { desktopLink, desktopsLink, poolLink, ruleLink } from '../app/url';
import { Count } from './count';
import { Standing } from './standing';
import type { Mark } from './standing';
import { Table } from './table';
import { When } from './when';

export const waiverStates: WaiverState[] = ['expired', 'expiring', 'unused', 'scheduled', 'active'];

const meanings: Record<WaiverState, string> = {
  expired: 'over; it excuses nothing and can be deleted',
  expiring: 'ends within 14 days',
  unused: 'nothing that it is about fails; it can be deleted',
  scheduled: 'starts later',
  active: 'in force, and it excuses something',
};

const marks: Record<WaiverState, Mark> = {
  expired: 'off',
  expiring: 'stale',
  unused: 'off',
  scheduled: 'off',
  active: 'live',
};

export function WaiverStanding({ state }: { state: WaiverState }) {
  return (
    <Standing mark={marks[state]} title={meanings[state]}>
      {state}
    </Standing>
  );
}

function Scope({ waiver, inPool }: { waiver: Waiver; inPool: boolean }) {
  const pool = inPool ? null : waiver.pool;
  if (!waiver.desktop && !pool) return <span class="faint">{inPool ? 'the pool' : 'the fleet'}</span>;
  return (
    <>
      {waiver.desktop && <a href={desktopLink(waiver.desktop)}>{waiver.desktop}</a>}
      {waiver.desktop && pool && ' in '}
      {pool && <a href={poolLink(pool)}>{pool}</a>}
    </>
  );
}

// An address breaks before its @ rather than anywhere.
function Address({ text }: { text: string }) {
  const at = Math.max(text.indexOf('@'), 0);
  return (
    <>
      {text.slice(0, at)}
      <wbr />
      {text.slice(at)}
    </>
  );
}

function Row({ waiver, inPool }: { waiver: Waiver; inPool: boolean }) {
  const excused = desktopsLink({
    pool: waiver.pool ?? undefined,
    rule: waiver.rule,
    rule_grade: 'waived',
  });
  return (
    <tr class={waiver.state === 'expired' ? 'is-past' : undefined}>
      <td class="nowrap">
        <WaiverStanding state={waiver.state} />
      </td>
      <th scope="row" class="cell-why">
        <a href={ruleLink(waiver.rule)}>{waiver.rule}</a>
        <p>{waiver.reason}</p>
      </th>
      <td>
        <Scope waiver={waiver} inPool={inPool} />
      </td>
      <td class="breaks">
        <Address text={waiver.owner} />
      </td>
      <td class="num">
        <Count n={waiver.desktops} href={excused} of={`desktops excused by ${waiver.id}`} grade="waived" />
      </td>
      <td class="nowrap">
        {waiver.state === 'scheduled' && (
          <>
            starts <When at={waiver.starts} />,{' '}
          </>
        )}
        <When at={waiver.ends_at} />
      </td>
      <td class="minor nowrap">
        <code>{waiver.id}</code>
      </td>
    </tr>
  );
}

// Who excuses what, why and until when.
export function WaiverTable({ waivers, inPool = false }: { waivers: Waiver[]; inPool?: boolean }) {
  return (
    <Table label="Waivers" class="waivers-table">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Rule and reason</th>
          <th scope="col">For</th>
          <th scope="col">Owner</th>
          <th scope="col" class="num">
            Excuses
          </th>
          <th scope="col">Ends</th>
          <th scope="col" class="minor">
            Id
          </th>
        </tr>
      </thead>
      <tbody>
        {waivers.map((waiver) => (
          <Row key={waiver.id} waiver={waiver} inPool={inPool} />
        ))}
      </tbody>
    </Table>
  );
}
